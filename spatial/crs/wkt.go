package crs

import (
	"errors"
	"strconv"
	"strings"
)

// node is one KEYWORD["name", 1.5, CHILD[…]] of a well-known text.
type node struct {
	keyword  string // upper case
	values   []string
	children []*node
}

var errWKT = errors.New("not a well-known text")

// wktDepth bounds nesting; real ones are no deeper than 8.
const wktDepth = 32

// parseWKT reads WKT 1 (GDAL's and ESRI's) and WKT 2, brackets or parentheses.
func parseWKT(text string) (*node, error) {
	p := wktParser{rest: strings.TrimPrefix(text, "\ufeff")}
	root, err := p.node(0)
	if err != nil {
		return nil, err
	}
	return root, nil
}

type wktParser struct{ rest string }

func (p *wktParser) space() { p.rest = strings.TrimLeft(p.rest, " \t\r\n") }

func (p *wktParser) node(depth int) (*node, error) {
	p.space()
	end := strings.IndexAny(p.rest, "[(")
	if end <= 0 || depth > wktDepth {
		return nil, errWKT
	}
	n := &node{keyword: strings.ToUpper(strings.TrimSpace(p.rest[:end]))}
	for _, r := range n.keyword {
		if (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '_' {
			return nil, errWKT
		}
	}
	p.rest = p.rest[end+1:]
	for {
		p.space()
		if p.rest == "" {
			return nil, errWKT
		}
		if err := p.member(n, depth); err != nil {
			return nil, err
		}
		p.space()
		if p.rest == "" {
			return nil, errWKT
		}
		separator := p.rest[0]
		p.rest = p.rest[1:]
		switch separator {
		case ',':
		case ']', ')':
			return n, nil
		default:
			return nil, errWKT
		}
	}
}

// member reads a quoted text, a bare word or number, or a child node.
func (p *wktParser) member(n *node, depth int) error {
	if p.rest[0] == '"' {
		end := strings.IndexByte(p.rest[1:], '"')
		if end < 0 {
			return errWKT
		}
		n.values = append(n.values, p.rest[1:1+end])
		p.rest = p.rest[end+2:]
		return nil
	}
	end := strings.IndexAny(p.rest, ",[]()")
	if end < 0 {
		return errWKT
	}
	if p.rest[end] == '[' || p.rest[end] == '(' {
		child, err := p.node(depth + 1)
		if err != nil {
			return err
		}
		n.children = append(n.children, child)
		return nil
	}
	n.values = append(n.values, strings.TrimSpace(p.rest[:end]))
	p.rest = p.rest[end:]
	return nil
}

// name returns the node's name in a form in which spellings agree: lower case,
// letters, digits and Han characters only.
func (n *node) name() string {
	if n == nil || len(n.values) == 0 {
		return ""
	}
	return plain(n.values[0])
}

func plain(name string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'A' && r <= 'Z':
			return r + 'a' - 'A'
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9', r > 0x7f:
			return r
		default:
			return -1
		}
	}, name)
}

// child returns the first direct child with one of the keywords, or nil.
func (n *node) child(keywords ...string) *node {
	if n == nil {
		return nil
	}
	for _, c := range n.children {
		for _, k := range keywords {
			if c.keyword == k {
				return c
			}
		}
	}
	return nil
}

// find returns the first node with one of the keywords in n or below it, or nil.
func (n *node) find(keywords ...string) *node {
	if n == nil {
		return nil
	}
	if c := n.child(keywords...); c != nil {
		return c
	}
	for _, c := range n.children {
		if found := c.find(keywords...); found != nil {
			return found
		}
	}
	return nil
}

// number returns the node's i-th value as a number.
func (n *node) number(i int) (float64, bool) {
	if n == nil || i >= len(n.values) {
		return 0, false
	}
	v, err := strconv.ParseFloat(n.values[i], 64)
	return v, err == nil
}

// code returns the EPSG code that the node itself carries, or 0.
func (n *node) code() int {
	authority := n.child("AUTHORITY", "ID")
	if authority == nil || len(authority.values) < 2 || !strings.EqualFold(authority.values[0], "EPSG") {
		return 0
	}
	code, err := strconv.Atoi(authority.values[1])
	if err != nil {
		return 0
	}
	return code
}

// parameter returns a projection parameter by any of its names.
func (n *node) parameter(names ...string) (float64, bool) {
	for _, c := range n.children {
		if c.keyword == "CONVERSION" {
			return c.parameter(names...)
		}
		if c.keyword != "PARAMETER" {
			continue
		}
		for _, name := range names {
			if c.name() == plain(name) {
				return c.number(1)
			}
		}
	}
	return 0, false
}
