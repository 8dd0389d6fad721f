package jobs

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"onemap/importers"
	"onemap/layers"
	"onemap/spatial/crs"
)

// zipOf is a ZIP of files by name.
func zipOf(t *testing.T, files map[string]string) string {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for name, text := range files {
		f, err := w.Create(name)
		if err == nil {
			_, err = f.Write([]byte(text))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

const manifestOfTwo = `{"deliveries": [{"file": "a/ponds.geojson", "layer": "pond"}, {"file": "wells.geojson", "layer": "well"}]}`

// delivery makes and sends one; manifest "" is within the ZIP or nowhere.
func (f *fixture) delivery(text, manifest string, o Options) Import {
	f.t.Helper()
	r := Request{Filename: "all.zip", Size: int64(len(text)), Options: o}
	if manifest != "" {
		r.Manifest = new(importers.Manifest)
		if err := json.Unmarshal([]byte(manifest), r.Manifest); err != nil {
			f.t.Fatal(err)
		}
	}
	one, _, err := f.queue.Create(f.ctx, r)
	if err == nil {
		one, err = f.queue.Upload(f.ctx, one.ID, 0, strings.NewReader(text))
	}
	if err != nil {
		f.t.Fatal(err)
	}
	return one
}

// shown says in short what became of a delivery's parts.
func shown(one Import) string {
	var b strings.Builder
	for _, p := range one.Parts {
		version, problem := 0, ""
		if p.Version != nil {
			version = *p.Version
		}
		if p.Problem != nil {
			problem = " " + p.Problem.Code
		}
		fmt.Fprintf(&b, "%s %s v%d %d%s; ", p.Layer, p.State, version, p.Accepted, problem)
	}
	return b.String()
}

func (f *fixture) published(layer string) int {
	f.t.Helper()
	catalogue, err := layers.LoadCatalogue(f.ctx, f.db)
	if err != nil {
		f.t.Fatal(err)
	}
	l, err := catalogue.Layer(layer)
	if err != nil || l.Published == nil {
		return 0
	}
	return l.Published.Number
}

func TestADeliveryOfSeveralLayers(t *testing.T) {
	files := map[string]string{"a/ponds.geojson": file("P", 3), "wells.geojson": file("W", 5)}
	inside := map[string]string{"a/ponds.geojson": file("P", 3), "wells.geojson": file("W", 5), importers.ManifestFile: manifestOfTwo}
	broken := map[string]string{"a/ponds.geojson": file("P", 3), "wells.geojson": "no map", importers.ManifestFile: manifestOfTwo}
	for sentence, c := range map[string]struct {
		text, manifest string
		options        Options
		state          State
		parts          string
		published      int
		code           string
	}{
		"by the manifest in it":               {zipOf(t, inside), "", Options{}, Done, "pond done v1 3; well done v1 5; ", 0, ""},
		"by the request's manifest":           {zipOf(t, files), manifestOfTwo, Options{}, Done, "pond done v1 3; well done v1 5; ", 0, ""},
		"and all of it is published":          {zipOf(t, inside), "", Options{Publish: true}, Done, "pond done v1 3; well done v1 5; ", 1, ""},
		"one of them bad: none is published":  {zipOf(t, broken), "", Options{Publish: true}, Failed, "pond done v1 3; well failed v0 0 format-not-supported; ", 0, "layers-failed"},
		"a member that is not there":          {zipOf(t, map[string]string{"wells.geojson": file("W", 5)}), manifestOfTwo, Options{}, Failed, "pond failed v0 0 no-such-file; well done v1 5; ", 0, "layers-failed"},
		"from one file":                       {file("P", 3), `{"deliveries": [{"layer": "pond"}, {"layer": "well"}]}`, Options{}, Done, "pond done v1 3; well done v1 3; ", 0, ""},
		"tried only":                          {zipOf(t, inside), "", Options{Publish: true, DryRun: true}, Done, "pond done v0 3; well done v0 5; ", 0, ""},
		"recognised by its files' names":      {zipOf(t, map[string]string{"a/pond.geojson": file("P", 3), "Well.geojson": file("W", 5)}), "", Options{Publish: true}, Done, "pond done v1 3; well done v1 5; ", 1, ""},
		"without a manifest and name":         {zipOf(t, files), "", Options{}, Failed, "", 0, "layer-not-recognised"},
		"of no map at all":                    {"no map", "", Options{}, Failed, "", 0, "archive-damaged"},
		"with a layer twice in its manifest":  {zipOf(t, map[string]string{importers.ManifestFile: `{"deliveries": [{"file": "a", "layer": "pond"}, {"file": "b", "layer": "pond"}]}`}), "", Options{}, Failed, "", 0, "manifest-not-usable"},
		"with a layer that is not there":      {zipOf(t, map[string]string{"a": file("P", 1), importers.ManifestFile: `{"deliveries": [{"file": "a", "layer": "moon"}]}`}), "", Options{}, Failed, "moon failed v0 0 layer-unknown; ", 0, "layers-failed"},
		"with a member outside of its folder": {zipOf(t, map[string]string{importers.ManifestFile: `{"deliveries": [{"file": "../a", "layer": "pond"}]}`}), "", Options{}, Failed, "", 0, "manifest-not-usable"},
	} {
		t.Run(sentence, func(t *testing.T) {
			f := newFixture(t)
			f.work()
			one := f.delivery(c.text, c.manifest, c.options)
			one = f.becomes(one.ID, "ended", func(i Import) bool { return i.State.Final() })
			if one.State != c.state || shown(one) != c.parts || one.Kind != Delivery || one.Layer != "" {
				t.Errorf("%s %s, %+v; want %s %s", one.State, shown(one), one.Problem, c.state, c.parts)
			}
			if c.code != "" && (one.Problem == nil || one.Problem.Code != c.code || one.Problem.ZH == "" || one.Problem.EN == "") {
				t.Errorf("problem %+v, want %s", one.Problem, c.code)
			}
			if p, w := f.published("pond"), f.published("well"); p != c.published || w != c.published {
				t.Errorf("published are %d and %d, want %d", p, w, c.published)
			}
			var answer struct{ Deliveries []*importers.Report }
			if c.parts != "" && (json.Unmarshal(one.Report, &answer) != nil || len(answer.Deliveries) != len(one.Parts) || answer.Deliveries[0] == nil) {
				t.Errorf("reports %s", one.Report)
			}
			f.healthy()
		})
	}
}

func TestDeliveriesThatAreRefusedAtOnce(t *testing.T) {
	f := newFixture(t)
	of := func(items ...importers.Delivery) *importers.Manifest {
		return &importers.Manifest{Deliveries: items}
	}
	for sentence, c := range map[string]struct {
		request Request
		want    error
	}{
		"a layer and a manifest":            {Request{Layer: "pond", Size: 1, Manifest: of(importers.Delivery{Layer: "pond"})}, ErrInvalid},
		"an option that belongs to a layer": {Request{Size: 1, Options: Options{CRS: "EPSG:4490"}}, ErrInvalid},
		"a layer twice":                     {Request{Size: 1, Manifest: of(importers.Delivery{Layer: "pond"}, importers.Delivery{Layer: "pond"})}, importers.ErrManifest},
		"a manifest of nothing":             {Request{Size: 1, Manifest: of()}, importers.ErrManifest},
		"a layer that is not there":         {Request{Size: 1, Manifest: of(importers.Delivery{Layer: "moon"})}, layers.ErrUnknownLayer},
	} {
		t.Run(sentence, func(t *testing.T) {
			if _, _, err := f.queue.Create(f.ctx, c.request); !errors.Is(err, c.want) {
				t.Errorf("got %v, want %v", err, c.want)
			}
		})
	}
}

// While one layer of a delivery waits for its turn, the server stops; another
// goes on with it, and what was made before is not made again.
func TestADeliveryGoesOnWhereItWasCutOff(t *testing.T) {
	f := newFixture(t)
	release := f.hold("well")
	stop := f.work()
	inside := map[string]string{"a/ponds.geojson": file("P", 3), "wells.geojson": file("W", 5), importers.ManifestFile: manifestOfTwo}
	one := f.delivery(zipOf(t, inside), "", Options{Publish: true})
	half := f.becomes(one.ID, "at its second layer", func(i Import) bool { return i.Part == 2 && i.Stage == importers.Inspecting })
	if got := shown(half); got != "pond done v1 3; well running v0 0; " {
		t.Errorf("half way: %s", got)
	}
	stop()
	f.reaches(one.ID, Queued)
	release()
	f.work()
	if done := f.reaches(one.ID, Done); shown(done) != "pond done v1 3; well done v1 5; " || done.Attempt != 2 || !done.Parts[0].Published {
		t.Errorf("%s, attempt %d", shown(done), done.Attempt)
	}
	if f.published("pond") != 1 || f.published("well") != 1 {
		t.Error("it is not published")
	}
	f.healthy()
}

func TestADeliveryThatIsCancelledKeepsItsDrafts(t *testing.T) {
	f := newFixture(t)
	release := f.hold("well")
	f.work()
	inside := map[string]string{"a/ponds.geojson": file("P", 3), "wells.geojson": file("W", 5), importers.ManifestFile: manifestOfTwo}
	one := f.delivery(zipOf(t, inside), "", Options{Publish: true})
	f.becomes(one.ID, "at its second layer", func(i Import) bool { return i.Part == 2 && i.Stage == importers.Inspecting })
	if _, err := f.queue.Cancel(f.ctx, one.ID); err != nil {
		t.Fatal(err)
	}
	if done := f.reaches(one.ID, Cancelled); shown(done) != "pond done v1 3; well cancelled v0 0; " || f.published("pond") != 0 {
		t.Errorf("%s, published %d", shown(done), f.published("pond"))
	}
	release()
	f.healthy()
}

// Two deliveries of the same layers in opposite order, and imports of each.
func TestDeliveriesNeverWaitForEachOtherForEver(t *testing.T) {
	f := newFixture(t)
	f.work()
	f.work()
	other := `{"deliveries": [{"layer": "well"}, {"layer": "pond"}]}`
	var all []Import
	for i := range 3 {
		all = append(all, f.delivery(file("P", i+1), `{"deliveries": [{"layer": "pond"}, {"layer": "well"}]}`, Options{Publish: true}),
			f.delivery(file("P", i+1), other, Options{Publish: true}), f.submit("pond", file("P", 2), Options{Publish: true}), f.submit("well", file("P", 2), Options{Publish: true}))
	}
	for _, one := range all {
		if done := f.becomes(one.ID, "ended", func(i Import) bool { return i.State.Final() }); done.State != Done {
			t.Errorf("%s %+v %+v", shown(done), done.Problem, done.Parts)
			for _, p := range done.Parts {
				t.Log(p.Problem)
			}
		}
	}
	listed, err := f.queue.List(f.ctx, ListQuery{Layer: "well", Limit: 100})
	if err != nil || len(listed) != 9 {
		t.Errorf("%d imports of the layer are listed, %v", len(listed), err)
	}
	f.healthy()
}

func TestARetryIsAJob(t *testing.T) {
	f := newFixture(t)
	f.work()
	text := strings.Replace(file("P", 3), `"P1"`, `null`, 1)
	f.reaches(f.submit("pond", text, Options{}).ID, Done)
	if _, _, err := f.queue.Retry(f.ctx, RetryRequest{Layer: "well", Version: 1}); !errors.Is(err, layers.ErrUnknownRow) {
		t.Errorf("nothing is in quarantine: %v", err)
	}
	one, created, err := f.queue.Retry(f.ctx, RetryRequest{Layer: "pond", Version: 1})
	if err != nil || !created {
		t.Fatal(created, err)
	}
	if failed := f.reaches(one.ID, Failed); failed.Problem.Code != "still-refused" {
		t.Errorf("%+v", failed.Problem)
	}
	of, err := f.store.Delivery(f.ctx, "pond", 1)
	if err == nil {
		err = f.store.Correct(f.ctx, of, 2, layers.RowChange{Attributes: []byte(`{"code": "Q"}`)})
	}
	if err != nil {
		t.Fatal(err)
	}
	r := RetryRequest{Layer: "pond", Version: 1, Publish: true, Key: "k"}
	one, _, err = f.queue.Retry(f.ctx, r)
	if err != nil {
		t.Fatal(err)
	}
	done := f.reaches(one.ID, Done)
	if done.Kind != Retry || *done.OfVersion != 1 || *done.Version != 2 || f.published("pond") != 2 {
		t.Errorf("%+v, published %d", done, f.published("pond"))
	}
	if again, created, err := f.queue.Retry(f.ctx, r); err != nil || created || again.ID != one.ID {
		t.Errorf("asked again: %d, %v, %v", again.ID, created, err)
	}
	f.healthy()
}

// The operator's parameters are for what needs them; those of a request must be needed.
func TestParametersThatAreNotNeeded(t *testing.T) {
	f := newFixture(t)
	offered := &crs.SevenParameters{DX: 1, Convention: crs.PositionVector, Source: "test"}
	w, err := NewWorker(f.queue, f.own, WorkerOptions{AtOnce: 1, SevenParameters: offered})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- w.Run(ctx) }()
	defer func() { stop(); <-ended }()
	f.reaches(f.submit("pond", file("P", 2), Options{}).ID, Done)
	text := file("P", 2)
	one, _, err := f.queue.Create(f.ctx, Request{Layer: "pond", Filename: "p.geojson", Size: int64(len(text)), SevenParameters: offered})
	if err == nil {
		_, err = f.queue.Upload(f.ctx, one.ID, 0, strings.NewReader(text))
	}
	if err != nil {
		t.Fatal(err)
	}
	if failed := f.reaches(one.ID, Failed); failed.Problem.Code != "seven-parameters-not-usable" {
		t.Errorf("%+v", failed.Problem)
	}
}

func TestSevenParametersStayBesideTheUpload(t *testing.T) {
	f := newFixture(t)
	given := &crs.SevenParameters{DX: 123.25, Convention: crs.PositionVector, Source: "test"}
	one, _, err := f.queue.Create(f.ctx, Request{Layer: "pond", Filename: ".seven-parameters", Size: 3, SevenParameters: given})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := f.queue.parameters(one.ID); err != nil || *got != *given {
		t.Errorf("%+v, %v", got, err)
	}
	var row string
	if err := f.db.QueryRow(f.ctx, "SELECT i::text FROM jobs.imports i").Scan(&row); err != nil || strings.Contains(row, "123.25") {
		t.Errorf("the database has %s, %v", row, err)
	}
	if _, err := f.queue.Upload(f.ctx, one.ID, 0, strings.NewReader("abc")); err != nil {
		t.Fatal(err)
	}
	if got, err := f.queue.parameters(one.ID); err != nil || *got != *given {
		t.Errorf("after the upload: %+v, %v", got, err)
	}
	if _, err := f.queue.Cancel(f.ctx, one.ID); err != nil {
		t.Fatal(err)
	}
	if left, err := os.ReadDir(f.queue.dir); err != nil || len(left) > 0 {
		t.Errorf("left: %v, %v", left, err)
	}
}
