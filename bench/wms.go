package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	_ "image/png" // pictures are compared
	"io"
	"math"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/paulmach/orb"

	"onemap/access"
	"onemap/layers"
	"onemap/postgis"
	"onemap/products"
	"onemap/products/pictures"
	"onemap/spatial/crs"
	"onemap/styles/render"
	"onemap/styles/stored"
	"onemap/tiles"
	"onemap/web"
)

const (
	barMap        = 250.0 // milliseconds
	mostDifferent = 12.0  // of 100, the mean difference of the two pictures: looks differ, places don't
)

// mapLayers are the eight layers of the map, the lowest first.
var mapLayers = []string{"dltb", "stbhhx", "yjjbnttb", "water_body", "river", "road", "division_town", "place_name"}

const mapProduct = "bench-eight-layers"

// mapping measures WMS pictures of 1024 × 768 pixels with eight layers, ours and
// MapServer's, both over the same tables of the same PostGIS, by turns, each place once.
// MapServer runs as FastCGI with connections that stay open.
func (b *drawingBench) mapping(ctx context.Context, l *laboratory, url string) ([]result, error) {
	program, err := exec.LookPath("mapserv")
	if err != nil {
		return nil, fmt.Errorf("MapServer is missing (Debian: cgi-mapserver): %w", err)
	}
	opened, err := b.publishMap(ctx)
	if err != nil {
		return nil, err
	}
	ours, stop, err := startRival(ctx, "ours", "", os.Args[0], "--services", url)
	if err != nil {
		return nil, err
	}
	defer stop()
	var results []result
	for _, metres := range []float64{1.2, 5, 20, 75} { // of Web Mercator, to a pixel
		one, err := l.mapRound(ctx, b, opened, program, url, ours, metres)
		if err != nil {
			return nil, err
		}
		results = append(results, one...)
	}
	return results, nil
}

// publishMap makes the product, once.
func (b *drawingBench) publishMap(ctx context.Context) (products.Opened, error) {
	ctx = access.With(ctx, access.Operator("bench"))
	parcels := b.layer.Definition
	content := products.Content{
		Title: "八图层 / eight layers", TitleEN: "Eight layers", Theme: parcels.Theme, Department: parcels.Department, Text: "MapServer 对比 / beside MapServer",
		Source: "bench", DataDate: "2026-01-01", Scales: products.Scales{Finest: 500, Coarsest: 2_000_000}, Update: products.Update{Rule: products.Follow},
		Secrecy: layers.Public, Share: products.Unconditional,
	}
	for _, id := range mapLayers {
		content.Layers = append(content.Layers, products.Layer{ID: id})
	}
	store := products.NewStore(b.db)
	if _, err := store.Load(ctx, b.catalogue, []products.Input{{ID: mapProduct, Content: content}}, true); err != nil {
		return products.Opened{}, err
	}
	return store.Open(ctx, b.catalogue, mapProduct, 0)
}

// mapRound measures one scale.
func (l *laboratory) mapRound(ctx context.Context, b *drawingBench, o products.Opened, program, url string, ours rival, metres float64) ([]result, error) {
	zoom := math.Log2(2 * math.Pi * 6378137 / 512 / metres)
	connection, err := connectionOf(url)
	if err != nil {
		return nil, err
	}
	fonts := filepath.Join(l.dir, "fonts.txt")
	text, err := mapfile(o, connection, fonts, zoom)
	if err != nil {
		return nil, err
	}
	file := filepath.Join(l.dir, fmt.Sprintf("bench-%g.map", metres))
	settings := filepath.Join(l.dir, "mapserver.conf")
	err = errors.Join(os.WriteFile(settings, []byte("CONFIG\n  ENV\n    MS_MAP_PATTERN \".\"\n  END\nEND\n"), 0o644), os.WriteFile(fonts, []byte("cjk /usr/share/fonts/truetype/droid/DroidSansFallbackFull.ttf\n"), 0o644), os.WriteFile(file, []byte(text), 0o600))
	if err != nil {
		return nil, err
	}
	theirs, err := startFastCGI(ctx, l.dir, program, "MAPSERVER_CONFIG_FILE="+settings, "MS_MAPFILE="+file)
	if err != nil {
		return nil, err
	}
	defer theirs.stop()
	const warm, measured = 3, 20
	p := pair{ours: "http://" + ours.host + "/services/" + mapProduct + "/wms?", theirs: theirs, names: namesIn(text)}
	var oursTimes, theirTimes, different []float64
	for i, box := range boxes(b.layer.Published.Bounds, metres, warm+measured) {
		one, err := p.draw(ctx, box, i%2 == 0)
		if err != nil {
			return nil, err
		}
		if i < warm {
			continue
		}
		oursTimes, theirTimes = append(oursTimes, one.ours), append(theirTimes, one.theirs)
		if i < warm+4 {
			apart, err := differenceOf(one.pictures[0], one.pictures[1])
			if err != nil {
				return nil, err
			}
			different = append(different, apart)
			if err := errors.Join(os.WriteFile(filepath.Join(l.dir, fmt.Sprintf("wms-%g-%d-ours.png", metres, i)), one.pictures[0], 0o644), os.WriteFile(filepath.Join(l.dir, fmt.Sprintf("wms-%g-%d-mapserver.png", metres, i)), one.pictures[1], 0o644)); err != nil {
				return nil, err
			}
			if err := p.sameFeatures(ctx, box); err != nil {
				return nil, err
			}
		}
	}
	name := fmt.Sprintf("WMS 1024x768 8 layers %g m/px", metres)
	return []result{
		compareTimes(name, "MapServer", "ms", 1, oursTimes, theirTimes),
		compareTimes(name, "bar", "ms", 1, oursTimes, []float64{barMap}),
		compareTimes(fmt.Sprintf("pictures differ, %g m/px", metres), "most", "%", 1, different, []float64{mostDifferent}),
	}, nil
}

var layerName = regexp.MustCompile(`(?m)^NAME "([a-z_]+)" STATUS ON TYPE`)

// namesIn are the layers of a map of MapServer's, the lowest first.
func namesIn(text string) (names []string) {
	for _, m := range layerName.FindAllStringSubmatch(text, -1) {
		names = append(names, m[1])
	}
	return names
}

// boxes are places in the city's inner half, of 1024 × 768 pixels.
func boxes(bounds []float64, metres float64, n int) (all []orb.Bound) {
	random := rand.New(rand.NewPCG(7, uint64(metres*10)))
	for range n {
		at := crs.PointToWebMercator(orb.Point{
			bounds[0] + (bounds[2]-bounds[0])*(0.25+random.Float64()/2), bounds[1] + (bounds[3]-bounds[1])*(0.25+random.Float64()/2),
		})
		all = append(all, orb.Bound{Min: orb.Point{at[0] - 512*metres, at[1] - 384*metres}, Max: orb.Point{at[0] + 512*metres, at[1] + 384*metres}})
	}
	return all
}

// pair is the two services.
type pair struct {
	ours   string
	theirs *fastCGI
	names  []string // of layers that MapServer draws
}

// drawn is one place drawn by both: milliseconds and PNG files, ours first.
type drawn struct {
	ours, theirs float64
	pictures     [2][]byte
}

func mapQuery(names string, box orb.Bound) string {
	return fmt.Sprintf("SERVICE=WMS&VERSION=1.3.0&REQUEST=GetMap&STYLES=&CRS=EPSG:3857&WIDTH=1024&HEIGHT=768&FORMAT=image/png&LAYERS=%s&BBOX=%f,%f,%f,%f", names, box.Min[0], box.Min[1], box.Max[0], box.Max[1])
}

func (p pair) draw(ctx context.Context, box orb.Bound, first bool) (d drawn, err error) {
	ours := func() (err error) {
		d.pictures[0], err = fetchAll(ctx, p.ours+mapQuery(mapProduct, box))
		return err
	}
	theirs := func() (err error) {
		d.pictures[1], err = p.theirs.get(ctx, mapQuery(strings.Join(p.names, ","), box), "image/png")
		return err
	}
	for i := range 2 {
		var took float64
		if (i == 0) == first {
			took, err = timed(ours)
			d.ours = took * 1000
		} else {
			took, err = timed(theirs)
			d.theirs = took * 1000
		}
		if err != nil {
			return d, err
		}
	}
	return d, nil
}

func fetchAll(ctx context.Context, url string) ([]byte, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	got, err := http.DefaultClient.Do(r)
	if err != nil {
		return nil, err
	}
	defer got.Body.Close()
	body, err := io.ReadAll(got.Body)
	if err == nil && got.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s: %.300s", url, got.Status, body)
	}
	return body, err
}

// differenceOf is the mean difference of two pictures' colours, of 100.
func differenceOf(a, b []byte) (float64, error) {
	one, _, err := image.Decode(bytes.NewReader(a))
	if err != nil {
		return 0, err
	}
	other, _, err := image.Decode(bytes.NewReader(b))
	if err != nil {
		return 0, err
	}
	if one.Bounds() != other.Bounds() {
		return 0, fmt.Errorf("pictures of %v and %v", one.Bounds(), other.Bounds())
	}
	var sum float64
	for y := range one.Bounds().Dy() {
		for x := range one.Bounds().Dx() {
			r1, g1, b1, _ := one.At(x, y).RGBA()
			r2, g2, b2, _ := other.At(x, y).RGBA()
			for _, pair := range [][2]uint32{{r1, r2}, {g1, g2}, {b1, b2}} {
				sum += math.Abs(float64(pair[0]) - float64(pair[1]))
			}
		}
	}
	return 100 * sum / 3 / 65535 / float64(one.Bounds().Dx()*one.Bounds().Dy()), nil
}

var infoFeature = regexp.MustCompile(`(?m)^\s+Feature (\d+):`)

// sameFeatures asks both what is at places of a picture: each area that MapServer
// finds there must be found by ours too.
func (p pair) sameFeatures(ctx context.Context, box orb.Bound) error {
	for _, at := range [][2]int{{512, 384}, {200, 150}, {800, 600}, {300, 650}} {
		for _, layer := range []string{"dltb", "stbhhx", "yjjbnttb", "water_body"} {
			if !slices.Contains(p.names, layer) {
				continue
			}
			query := fmt.Sprintf("&QUERY_LAYERS=%s&I=%d&J=%d&FEATURE_COUNT=50&INFO_FORMAT=", layer, at[0], at[1])
			asked := strings.Replace(mapQuery(layer, box), "GetMap", "GetFeatureInfo", 1) + query
			theirs, err := p.theirs.get(ctx, asked+"text/plain", "text/plain")
			if err != nil {
				return err
			}
			ours, err := fetchAll(ctx, p.ours+asked+"application/json")
			if err != nil {
				return err
			}
			var found struct{ Features []struct{ ID string } }
			if err := json.Unmarshal(ours, &found); err != nil {
				return err
			}
			for _, m := range infoFeature.FindAllStringSubmatch(string(theirs), -1) {
				if !slices.ContainsFunc(found.Features, func(f struct{ ID string }) bool { return f.ID == layer+"."+m[1] }) {
					return fmt.Errorf("MapServer finds %s %s at pixel %v of %v, ours doesn't: %.300s", layer, m[1], at, box, ours)
				}
			}
		}
	}
	return nil
}

// serveServices is the services of products on a database, with nothing kept.
func serveServices(ctx context.Context, url string) error {
	db, err := postgis.Open(ctx, url, postgis.Options{MaxConns: liveConnections})
	if err != nil {
		return err
	}
	defer db.Close()
	watcher, err := layers.NewWatcher(ctx, db, func(error) {})
	if err != nil {
		return err
	}
	archives, err := tiles.NewArchives(db, filepath.Join(os.TempDir(), "onemap-services-"+strconv.Itoa(os.Getpid())))
	if err != nil {
		return err
	}
	defer os.RemoveAll(archives.Folder())
	_ = archives.Reload(ctx) // their files are elsewhere; what they put into PostGIS is known all the same
	metrics := web.NewMetrics(db)
	handler, err := web.New(web.Config{Name: "bench", NameEN: "bench"}, web.Parts{
		DB: db, Store: layers.NewStore(db), Catalogue: watcher, Tokens: access.NewTokens(db), Metrics: metrics,
		Tiles: tiles.NewBuilder(db, archives, metrics), Archives: archives, Products: products.NewStore(db),
		Services: web.ProductServices{
			Studio:   pictures.New(render.New(render.Options{}), pictures.Limits{Bytes: 1}),
			Features: func(shown []layers.Layer) render.Source { return stored.New(db, archives, shown) },
		},
	})
	if err != nil {
		return err
	}
	return serveOn(ctx, handler, web.Parcels)
}
