package redline

import (
	"bufio"
	"fmt"
	"io"
	"iter"
	"strconv"
	"strings"

	"github.com/paulmach/orb"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/transform"
)

// Write writes a header and plots: as UTF-8, or as GB18030 where older programs
// are to read it. What [Reader] read comes out as it was, but for blanks, and
// every line ends in CR LF.
func Write(w io.Writer, h Header, all iter.Seq2[Plot, error], gb bool) error {
	var encoder *transform.Writer
	if gb {
		encoder = transform.NewWriter(w, simplifiedchinese.GB18030.NewEncoder())
		w = encoder
	}
	out := bufio.NewWriter(w)
	line := func(parts ...string) { // the writer keeps its first error until Flush
		_, _ = out.WriteString(strings.Join(parts, ",") + "\r\n")
	}
	line(attributes)
	for _, a := range h {
		line(oneLine(a.Name) + "=" + oneLine(a.Value))
	}
	line(plots)
	for p, err := range all {
		if err != nil {
			return err
		}
		head := append([]string{p.Points, p.Area, p.Number, p.Name, p.Kind, p.Sheet, p.Use, p.Class}, p.More...)
		for i := range head {
			head[i] = strings.ReplaceAll(oneLine(head[i]), ",", "、")
		}
		line(append(head, "@")...)
		for _, c := range p.Corners {
			line(oneLine(c.Name), strconv.Itoa(c.Ring), strconv.FormatFloat(c.Northing, 'f', c.Decimals, 64), strconv.FormatFloat(c.Easting, 'f', c.Decimals, 64))
		}
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("redline: %w", err)
	}
	if encoder != nil {
		if err := encoder.Close(); err != nil {
			return fmt.Errorf("redline: %w", err)
		}
	}
	return nil
}

// oneLine keeps a value from breaking the format.
func oneLine(s string) string {
	return strings.NewReplacer("\r", " ", "\n", " ", "@", "＠").Replace(s)
}

// FromGeometry makes a plot's corners of a polygon or several: x = easting, y =
// northing, metres. Rings are numbered through, outlines before their holes, and
// every ring ends in its first corner. Points is set to their number.
func (p *Plot) FromGeometry(shape orb.MultiPolygon, decimals int) {
	p.Kind, p.Corners = "面", nil
	ring, name := 0, 0
	for _, polygon := range shape {
		for _, r := range polygon {
			ring++
			first := name + 1
			for i, at := range r {
				if i == len(r)-1 && at == r[0] {
					p.Corners = append(p.Corners, Corner{Name: "J" + strconv.Itoa(first), Ring: ring, Northing: at[1], Easting: at[0], Decimals: decimals})
					continue
				}
				name++
				p.Corners = append(p.Corners, Corner{Name: "J" + strconv.Itoa(name), Ring: ring, Northing: at[1], Easting: at[0], Decimals: decimals})
			}
		}
	}
	p.Points = strconv.Itoa(len(p.Corners))
}
