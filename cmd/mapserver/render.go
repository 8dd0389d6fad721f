package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/paulmach/orb"

	"onemap/layers"
	"onemap/spatial/crs"
	"onemap/styles"
	"onemap/styles/render"
	"onemap/styles/stored"
	"onemap/tiles"
	"onemap/tiles/terrain"
)

// renderMap draws published layers into a file.
func renderMap(ctx context.Context, c *console, args []string) error {
	o := newOptions("render", c)
	a := o.asking()
	ids := o.String("layers", "", "图层，以逗号分隔，默认全部 / comma-separated `layers`, all without it")
	system := o.String("crs", "EPSG:3857", "图的坐标系：EPSG:3857、4490、4546、4547 … / coordinate `system` of the picture")
	bbox := o.String("bbox", "", "范围：西,南,东,北，以 --bbox-crs 为准 / `west,south,east,north` in --bbox-crs")
	boxSystem := o.String("bbox-crs", "", "范围和中心的坐标系，默认与 --crs 相同 / `system` of --bbox and --centre, --crs without it")
	size := o.String("size", "1024x768", "像素 宽x高，与 --bbox 同用；或毫米 420x297mm，与 --scale 同用 / `size` in pixels with --bbox, or in millimetres as 420x297mm with --scale")
	scale := o.Float64("scale", 0, "比例尺分母，与 --centre 同用 / scale `denominator`, with --centre")
	centre := o.String("centre", "", "中心：东,北，或 经度,纬度 / centre as `x,y`")
	dpi := o.Float64("dpi", 96, "每英寸像素 / pixels to an inch")
	look := o.look()
	file := o.String("style", "", "样式文档，默认由图层生成，见 mapserver style / style document; `file`, without it that of the layers, see mapserver style")
	hillshade := o.Bool("hillshade", true, "有高程模型时绘出晕渲 / shade the ground, where there is an elevation model")
	format := o.String("format", "", "png、jpeg、svg、pdf，默认取自文件名 / `format`; without it that of the file's name")
	if _, err := o.parse(args, 0, 0); err != nil {
		return err
	}
	frame, err := frameOf(frameWords{*system, *bbox, *boxSystem, *size, *centre, *scale, *dpi})
	if err != nil {
		return fmt.Errorf("%w: %w", errUsage, err)
	}
	kind := *format
	if kind == "" {
		kind = map[string]string{".jpg": "jpeg"}[filepath.Ext(a.out)]
		if kind == "" {
			kind = strings.TrimPrefix(filepath.Ext(a.out), ".")
		}
	}
	return o.onMap(ctx, a, func(d *database, catalogue *layers.Catalogue, at time.Time) error {
		in, err := openAll(ctx, d.store, catalogue, *ids, at)
		if err != nil {
			return err
		}
		chosen, err := look.on(ctx, d, catalogue)
		if err != nil {
			return err
		}
		document, err := documentOf(in, catalogue, *ids != "", chosen, *file)
		if err != nil {
			return asUsage(err)
		}
		ground, err := o.openGround(ctx, d)
		if err != nil {
			return err
		}
		view, lit := ground.Ground().Widest(ctx)
		if lit && *hillshade && *file == "" {
			if document, err = styles.OnGround(document, chosen.Palette, groundOf(view)); err != nil {
				return err
			}
		}
		style, err := render.ParseStyle(document)
		if err != nil {
			return err
		}
		archives, err := tiles.NewArchives(d.pool, o.archiveFolder())
		if err != nil {
			return err
		}
		if err := archives.Reload(ctx); err != nil && !errors.Is(err, tiles.ErrLost) {
			return err
		}
		var source render.Source = stored.New(d.pool, archives, in)
		if lit {
			source = stored.New(d.pool, archives, in).OnGround(view)
		}
		return a.write(c, func(to io.Writer) error {
			return render.New(render.Options{}).Draw(ctx, to, render.Format(kind), style, source, frame)
		})
	})
}

// groundOf is an elevation model as styles are told of it.
func groundOf(v terrain.View) styles.Ground {
	return styles.Ground{TileJSON: "/terrain/" + v.ID + ".json", Bounds: v.Bounds, MinZoom: v.MinZoom, MaxZoom: v.Top(), TileSize: terrain.Side}
}

// documentOf reads a style document, or makes that of the layers.
func documentOf(in []layers.Layer, catalogue *layers.Catalogue, all bool, look styles.Look, file string) ([]byte, error) {
	if file != "" {
		return os.ReadFile(file)
	}
	var shown []styles.Source
	for _, l := range in {
		shown = append(shown, styles.Source{Layer: l.Definition, TileJSON: "/tiles/" + l.Definition.ID + ".json", Shown: all})
	}
	return look.Document(shown, styles.DictionariesOf(catalogue))
}

// frameWords are a frame as it is written on a command line.
type frameWords struct {
	system, bbox, boxSystem, size, centre string
	scale, dpi                            float64
}

var errFrameWords = errors.New("需要 --bbox 与像素 --size，或 --centre、--scale 与毫米 --size / give --bbox and --size in pixels, or --centre, --scale and --size in millimetres")

func frameOf(w frameWords) (render.Frame, error) {
	system, err := crs.Parse(w.system)
	if err != nil {
		return render.Frame{}, err
	}
	from := system
	if w.boxSystem != "" {
		if from, err = crs.Parse(w.boxSystem); err != nil {
			return render.Frame{}, err
		}
	}
	text, millimetres := strings.CutSuffix(w.size, "mm")
	wide, high, found := strings.Cut(text, "x")
	size, err := numbersOf(wide + "," + high)
	switch {
	case !found || err != nil || len(size) != 2:
		return render.Frame{}, errFrameWords
	case millimetres && w.scale > 0 && w.centre != "" && w.bbox == "":
		middle, err := placesOf(w.centre, 1, from, system)
		if err != nil {
			return render.Frame{}, err
		}
		return render.PaperFrame(system, middle[0], size[0], size[1], w.scale, w.dpi)
	case !millimetres && w.bbox != "" && w.scale == 0 && w.centre == "":
		corners, err := placesOf(w.bbox, 2, from, system)
		if err != nil {
			return render.Frame{}, err
		}
		return render.Frame{
			System: system, Extent: orb.Bound{Min: corners[0], Max: corners[1]}, Width: int(size[0]), Height: int(size[1]), DPI: w.dpi,
		}, nil
	}
	return render.Frame{}, errFrameWords
}

// placesOf reads so many places of one system and brings them to another.
func placesOf(text string, count int, from, to crs.System) ([]orb.Point, error) {
	n, err := numbersOf(text)
	if err != nil || len(n) != 2*count {
		return nil, fmt.Errorf("%w: %.80q", errFrameWords, text)
	}
	places := make(orb.MultiPoint, count)
	for i := range places {
		places[i] = orb.Point{n[2*i], n[2*i+1]}
	}
	if from == to {
		return places, nil
	}
	back, err := crs.NewTransformer(from)
	if err != nil {
		return nil, err
	}
	there, err := crs.NewProjector(to)
	if err != nil {
		return nil, err
	}
	if _, err := back.Transform(places); err != nil {
		return nil, err
	}
	for i, p := range places {
		if places[i], err = there.Point(p); err != nil {
			return nil, err
		}
	}
	return places, nil
}

func numbersOf(text string) ([]float64, error) {
	var out []float64
	for _, part := range strings.Split(text, ",") {
		v, err := strconv.ParseFloat(strings.TrimSpace(part), 64)
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, nil
}
