package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/paulmach/orb/geojson"

	"onemap/postgis"
	"onemap/products/links"
	"onemap/spatial"
)

// linkStates keeps a state of the viewer under a short name, or opens one.
func linkStates(ctx context.Context, c *console, args []string) error {
	o := newOptions("links", c)
	given, err := o.parse(args, 2, 2)
	if err != nil {
		return err
	}
	d, err := o.open(ctx, postgis.Options{})
	if err != nil {
		return err
	}
	defer d.close(ctx) //nolint:errcheck // the work is done; the next start finds what is left
	store := links.NewStore(d.pool, links.DefaultMost)
	var answer string
	switch given[0] {
	case "save":
		answer, err = store.Save(ctx, given[1])
	case "open":
		answer, err = store.Open(ctx, given[1])
	default:
		return fmt.Errorf("%w: mapserver links save STATE | open ID", errUsage)
	}
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(c.out, answer)
	return err
}

// bufferShape writes what lies within a distance of a shape.
func bufferShape(ctx context.Context, c *console, args []string) error {
	o := newOptions("buffer", c)
	a := o.asking()
	metres := o.Float64("metres", 0, "距离（米） / distance in `metres`")
	given, err := o.parse(args, 1, 1)
	if err != nil {
		return err
	}
	text, err := os.ReadFile(given[0])
	if err != nil {
		return err
	}
	shape, err := geojson.UnmarshalGeometry(text)
	if err != nil || shape.Geometry() == nil {
		return fmt.Errorf("%w: %s 应为 GeoJSON 图形，EPSG:4490 / must be a GeoJSON geometry in EPSG:4490", errUsage, given[0])
	}
	d, err := o.open(ctx, postgis.Options{})
	if err != nil {
		return err
	}
	defer d.close(ctx) //nolint:errcheck // nothing was written
	found, err := spatial.Buffer(ctx, d.pool, shape.Geometry(), *metres)
	if errors.Is(err, spatial.ErrBuffer) || errors.Is(err, spatial.ErrBufferShape) {
		return fmt.Errorf("%w: %w", errUsage, err)
	}
	if err != nil {
		return err
	}
	return a.write(c, func(to io.Writer) error { return printJSON(to, found) })
}
