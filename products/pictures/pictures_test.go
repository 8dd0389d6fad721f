package pictures

import (
	"bytes"
	"context"
	"errors"
	"image/png"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/paulmach/orb"

	"onemap/spatial/crs"
	"onemap/styles/render"
)

const document = `{"version":8,"sources":{"a":{"type":"vector"},"b":{"type":"vector"}},"layers":[
	{"id":"paper","type":"background","paint":{"background-color":"#00ff00"}},
	{"id":"a1","type":"fill","source":"a","source-layer":"a","paint":{"fill-color":"#ff0000"}},
	{"id":"b1","type":"fill","source":"b","source-layer":"b","paint":{"fill-color":"#0000ff"}},
	{"id":"a2","type":"line","source":"a","source-layer":"a"}]}`

// world is a source of one area that is everywhere. It waits for its gate, if it has one.
type world struct {
	asked atomic.Int64
	gate  chan struct{}
}

func (w *world) Features(ctx context.Context, _ render.Query, take func(*render.Feature) error) error {
	w.asked.Add(1)
	if w.gate != nil {
		select {
		case <-w.gate:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return take(&render.Feature{Geometry: orb.Bound{Min: orb.Point{-180, -90}, Max: orb.Point{180, 90}}.ToPolygon(), System: crs.CGCS2000})
}

func picture(source render.Source) Picture {
	return Picture{
		Data: "1", Style: []byte(document), Source: source, Format: render.PNG,
		Frame: render.Frame{System: crs.CGCS2000, Extent: orb.Bound{Min: orb.Point{112, 22}, Max: orb.Point{113, 23}}, Width: 32, Height: 32, DPI: 96},
	}
}

func TestAPictureIsDrawnOnce(t *testing.T) {
	studio, source := New(render.New(render.Options{}), Limits{}), &world{}
	first, err := studio.Draw(t.Context(), picture(source))
	if err != nil {
		t.Fatal(err)
	}
	asked := source.asked.Load()
	again, err := studio.Draw(t.Context(), picture(source))
	if err != nil || !bytes.Equal(first, again) || source.asked.Load() != asked {
		t.Errorf("%v, asked %d times", err, source.asked.Load())
	}
	for sentence, change := range map[string]func(*Picture){
		"data": func(p *Picture) { p.Data = "2" }, "size": func(p *Picture) { p.Frame.Width = 33 }, "format": func(p *Picture) { p.Format = render.JPEG },
		"style": func(p *Picture) { p.Style = []byte(strings.Replace(document, "#ff0000", "#ff0001", 1)) },
	} {
		p := picture(source)
		change(&p)
		if p.Key() == picture(source).Key() {
			t.Errorf("another %s has the same key", sentence)
		}
	}
}

func TestAHundredWhoWaitCostOneDrawing(t *testing.T) {
	studio, source := New(render.New(render.Options{}), Limits{AtOnce: 1, Waiting: 1}), &world{gate: make(chan struct{})}
	var all sync.WaitGroup
	leaving, leave := context.WithCancel(t.Context())
	left := make(chan error, 1)
	go func() { _, err := studio.Draw(leaving, picture(source)); left <- err }()
	for source.asked.Load() == 0 { // until it is being drawn
		runtime.Gosched()
	}
	bodies := make([][]byte, 100)
	for i := range bodies {
		all.Go(func() {
			var err error
			if bodies[i], err = studio.Draw(t.Context(), picture(source)); err != nil {
				t.Error(err) // with a queue for one, others would be busy
			}
		})
	}
	for studio.drawings.Callers(picture(source).Key()) < 101 { // until all wait
		runtime.Gosched()
	}
	leave() // the first one's leaving hurts nobody
	if err := <-left; !errors.Is(err, context.Canceled) {
		t.Errorf("who left: %v", err)
	}
	close(source.gate)
	all.Wait()
	for _, body := range bodies {
		if !bytes.Equal(body, bodies[0]) || len(body) == 0 {
			t.Fatal("not all got the picture")
		}
	}
	if n := source.asked.Load(); n != 2 { // the two source-layers of one drawing
		t.Errorf("the source was asked %d times", n)
	}
}

func TestTheQueueHasAnEnd(t *testing.T) {
	studio := New(render.New(render.Options{}), Limits{AtOnce: 1, Waiting: 1})
	source := &world{gate: make(chan struct{})}
	ask := func(ctx context.Context, data string) error {
		p := picture(source)
		p.Data = data
		_, err := studio.Draw(ctx, p)
		return err
	}
	var wait sync.WaitGroup
	wait.Go(func() {
		if err := ask(t.Context(), "drawn"); err != nil {
			t.Error(err)
		}
	})
	for source.asked.Load() == 0 { // until it is being drawn
		runtime.Gosched()
	}
	leaving, leave := context.WithCancel(t.Context())
	left := make(chan error, 1)
	go func() { left <- ask(leaving, "waits") }()
	for studio.waiting.Load() == 0 { // until it waits
		runtime.Gosched()
	}
	if err := ask(t.Context(), "too many"); !errors.Is(err, ErrBusy) {
		t.Errorf("one too many: %v", err)
	}
	leave()
	if err := <-left; !errors.Is(err, context.Canceled) {
		t.Errorf("who left: %v", err)
	}
	close(source.gate)
	wait.Wait()
}

func TestBeyondTheWorldThereIsNothing(t *testing.T) {
	studio := New(render.New(render.Options{}), Limits{})
	for sentence, f := range map[string]render.Frame{
		"degrees": {System: crs.CGCS2000, Extent: orb.Bound{Min: orb.Point{-360, -180}, Max: orb.Point{360, 180}}},
		"metres":  {System: crs.WebMercator, Extent: orb.Bound{Min: orb.Point{-40075016.7, -40075016.7}, Max: orb.Point{40075016.7, 40075016.7}}},
		"nowhere": {System: crs.WebMercator, Extent: orb.Bound{Min: orb.Point{1e8, 1e8}, Max: orb.Point{2e8, 2e8}}},
	} {
		p := picture(&world{})
		p.Frame = f
		p.Frame.Width, p.Frame.Height, p.Frame.DPI = 64, 64, 96
		body, err := studio.Draw(t.Context(), p)
		if err != nil {
			t.Errorf("%s: %v", sentence, err)
			continue
		}
		drawn, err := png.Decode(bytes.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		_, _, _, outside := drawn.At(5, 32).RGBA()
		_, _, _, inside := drawn.At(32, 32).RGBA()
		if outside != 0 || (inside == 0) != (sentence == "nowhere") {
			t.Errorf("%s: %d outside, %d inside", sentence, outside, inside)
		}
	}
}

func TestRestyle(t *testing.T) {
	for sentence, c := range map[string]struct {
		shown Shown
		paper Paper
		want  []string
	}{
		"as it is":           {Shown{}, Paper{}, []string{"paper", "a1", "b1", "a2"}},
		"one of them":        {Shown{[]string{"a"}, true}, Paper{}, []string{"paper", "a1", "a2"}},
		"the other way":      {Shown{[]string{"b", "a"}, true}, Paper{None: true}, []string{"b1", "a1", "a2"}},
		"in its own order":   {Shown{[]string{"b", "a"}, false}, Paper{None: true}, []string{"a1", "b1", "a2"}},
		"on white":           {Shown{}, Paper{Colour: "#ffffff"}, []string{"background", "a1", "b1", "a2"}},
		"none that there is": {Shown{[]string{"c"}, true}, Paper{None: true}, nil},
	} {
		got, err := Restyle([]byte(document), c.shown, c.paper)
		if err != nil {
			t.Fatal(err)
		}
		rest, at := string(got), 0
		for _, id := range c.want {
			i := strings.Index(rest, `"id":"`+id+`"`)
			if i < 0 {
				t.Errorf("%s: no %s after %d: %s", sentence, id, at, got)
				break
			}
			rest, at = rest[i+1:], at+i
		}
		if n := strings.Count(string(got), `"id":`); n != len(c.want) {
			t.Errorf("%s: %d layers", sentence, n)
		}
	}
}

func TestWhatIsKeptIsBounded(t *testing.T) {
	m := memory{most: 10 * (1000 + around)}
	for i := range 100 {
		m.put(string(rune('a'+i)), make([]byte, 1000))
		if _, ok := m.get("a"); i < 50 && !ok {
			t.Fatalf("after %d: what is asked for went", i)
		}
	}
	if m.bytes > m.most || len(m.known) != 10 || m.order.Len() != 10 {
		t.Errorf("%d bytes of %d pictures", m.bytes, len(m.known))
	}
	m.put("large", make([]byte, m.most))
	if _, ok := m.get("large"); ok {
		t.Error("one picture took all room")
	}
}
