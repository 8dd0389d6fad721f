package importers

import (
	"bytes"
	"fmt"
	"strconv"

	"github.com/paulmach/orb"
)

// coordinates reads the member coordinates of GeoJSON polygons, which is JSON, without
// making lists of lists of lists of it first: those take ten times the room.
type coordinates struct {
	*gathering
	text []byte
	at   int
}

func (c *coordinates) polygon() error {
	if err := c.take(); err != nil {
		return err
	}
	polygon := orb.Polygon{}
	err := c.list(func(i int) error {
		if err := c.take(); err != nil {
			return err
		}
		ring := orb.Ring{}
		err := c.list(func(j int) error {
			p, err := c.position(i, j)
			ring = append(ring, p)
			return err
		})
		polygon = append(polygon, ring)
		return err
	})
	c.shape = append(c.shape, polygon)
	return err
}

// position reads position j of ring i: two numbers; more are passed over.
func (c *coordinates) position(i, j int) (p orb.Point, err error) {
	if err := c.take(); err != nil {
		return p, err
	}
	n := 0
	err = c.list(func(k int) error {
		v, err := c.number()
		if n++; k < len(p) {
			p[k] = v
		}
		return err
	})
	if err == nil && n < len(p) {
		err = problem(ErrOutline, "GeoJSON 第 %[1]d 个面第 %[2]d 环第 %[3]d 点只有 %[4]d 个数；应为 [经度, 纬度]",
			"position %[3]d in ring %[2]d of polygon %[1]d of the GeoJSON has %[4]d numbers; it must be [longitude, latitude]", len(c.shape)+1, i+1, j+1, n)
	}
	return p, err
}

// list calls each for the elements of an array, which it must read; null is an empty one.
func (c *coordinates) list(each func(i int) error) error {
	switch c.next() {
	case 'n':
		c.at += len("null")
		return nil
	case '[':
		c.at++
	default:
		return c.wrong()
	}
	if c.next() == ']' {
		c.at++
		return nil
	}
	for i := 0; ; i++ {
		if err := each(i); err != nil {
			return err
		}
		switch c.next() {
		case ',':
			c.at++
		case ']':
			c.at++
			return nil
		default:
			return c.wrong()
		}
	}
}

func (c *coordinates) number() (float64, error) {
	c.next()
	length := bytes.IndexAny(c.text[min(c.at, len(c.text)):], ",] \t\r\n")
	if length < 0 {
		return 0, c.wrong()
	}
	v, err := strconv.ParseFloat(string(c.text[c.at:c.at+length]), 64)
	if err != nil {
		return 0, c.wrong()
	}
	c.at += length
	return v, nil
}

// next is the byte that comes next, behind blanks; 0 is the end.
func (c *coordinates) next() byte {
	for ; c.at < len(c.text); c.at++ {
		switch b := c.text[c.at]; b {
		case ' ', '\t', '\r', '\n':
		default:
			return b
		}
	}
	return 0
}

// wrong tells of the place where something else stands than must.
func (c *coordinates) wrong() error {
	err := fmt.Errorf("%w: %.40q", ErrOutline, c.text[min(c.at, len(c.text)):])
	return problem(err, "GeoJSON 的 coordinates 不是坐标数组：%.40[1]q", "the coordinates of the GeoJSON are no arrays of positions: %.40[1]q", c.text[min(c.at, len(c.text)):])
}
