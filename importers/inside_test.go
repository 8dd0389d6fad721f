package importers

import (
	"archive/zip"
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"

	"github.com/jackc/pgx/v5/pgconn"

	"onemap/importers/gdal"
	"onemap/layers"
)

func TestConvert(t *testing.T) {
	text := func(s string) gdal.Value { return gdal.Value{Kind: gdal.Text, Text: []byte(s)} }
	whole := func(n int64) gdal.Value { return gdal.Value{Kind: gdal.Int, Int: n} }
	real := func(f float64) gdal.Value { return gdal.Value{Kind: gdal.Float, Float: f} }
	at := time.Date(2024, 1, 2, 15, 4, 5, 0, time.UTC)
	amount := layers.Field{Type: layers.Decimal, Scale: 2}
	cases := map[string]struct {
		field   layers.Field
		in      gdal.Value
		want    string // as fmt writes it; "" is refused
		changed bool
	}{
		"text":                             {field: layers.Field{Type: layers.Text}, in: text(" 罗定\u3000 "), want: "罗定"},
		"blank text is no value":           {field: layers.Field{Type: layers.Text}, in: text("  \x00"), want: "<nil>"},
		"text as long as allowed":          {field: layers.Field{Type: layers.Text, Length: 2}, in: text("罗定"), want: "罗定"},
		"text too long":                    {field: layers.Field{Type: layers.Text, Length: 2}, in: text("罗定市")},
		"text cut in a character":          {field: layers.Field{Type: layers.Text}, in: text("罗定\xe5\xb8"), want: "罗定", changed: true},
		"text that was damaged before":     {field: layers.Field{Type: layers.Text}, in: text("\uFFFD罗"), want: "\uFFFD罗", changed: true},
		"text that isn't":                  {field: layers.Field{Type: layers.Text}, in: text("\xff罗")},
		"text with a nought byte":          {field: layers.Field{Type: layers.Text}, in: text("a\x00b")},
		"a code kept as number":            {field: layers.Field{Type: layers.Text}, in: real(445302), want: "445302"},
		"a day as text":                    {field: layers.Field{Type: layers.Text}, in: gdal.Value{Kind: gdal.Moment, Time: date(at)}, want: "2024-01-02"},
		"integer":                          {field: layers.Field{Type: layers.Integer}, in: whole(-3), want: "-3"},
		"integer of text":                  {field: layers.Field{Type: layers.Integer}, in: text("1,234"), want: "1234"},
		"integer in full-width digits":     {field: layers.Field{Type: layers.Integer}, in: text("２０２４"), want: "2024"},
		"integer of a whole real":          {field: layers.Field{Type: layers.Integer}, in: real(3), want: "3"},
		"integer of a fraction":            {field: layers.Field{Type: layers.Integer}, in: real(3.5)},
		"integer too large":                {field: layers.Field{Type: layers.Integer}, in: real(1e30)},
		"integer of words":                 {field: layers.Field{Type: layers.Integer}, in: text("三")},
		"real":                             {field: layers.Field{Type: layers.Real}, in: text("1.5e3"), want: "1500"},
		"real of an integer":               {field: layers.Field{Type: layers.Real}, in: whole(7), want: "7"},
		"real that is no number":           {field: layers.Field{Type: layers.Real}, in: text("NaN")},
		"badly grouped thousands":          {field: layers.Field{Type: layers.Real}, in: text("1,23")},
		"amount":                           {field: amount, in: text("12.5"), want: "12.50"},
		"amount of a real":                 {field: amount, in: real(0.1 + 0.2), want: "0.30"},
		"amount with a sign":               {field: amount, in: text("-0.05"), want: "-0.05"},
		"amount that is rounded":           {field: amount, in: text("12.345"), want: "12.35", changed: true},
		"amount of an integer":             {field: amount, in: whole(12), want: "12.00"},
		"amount as Excel writes it":        {field: amount, in: text("1.2E+3"), want: "1200.00"},
		"amount too large":                 {field: amount, in: text("12345678901234567.5")},
		"amount with a huge exponent":      {field: amount, in: text("1e999999999")},
		"amount as a fraction":             {field: amount, in: text("1/3")},
		"no value":                         {field: amount, in: gdal.Value{Kind: gdal.Null}, want: "<nil>"},
		"day":                              {field: layers.Field{Type: layers.Date}, in: text("2024-01-02"), want: "2024-01-02 00:00:00 +0000 UTC"},
		"day in eight digits":              {field: layers.Field{Type: layers.Date}, in: text("20240102"), want: "2024-01-02 00:00:00 +0000 UTC"},
		"day in eight digits as number":    {field: layers.Field{Type: layers.Date}, in: whole(20240102), want: "2024-01-02 00:00:00 +0000 UTC"},
		"day with slashes":                 {field: layers.Field{Type: layers.Date}, in: text("2024/1/2"), want: "2024-01-02 00:00:00 +0000 UTC"},
		"day in Chinese":                   {field: layers.Field{Type: layers.Date}, in: text("2024年1月2日"), want: "2024-01-02 00:00:00 +0000 UTC"},
		"day with a time":                  {field: layers.Field{Type: layers.Date}, in: text("2024-01-02T10:00:00"), want: "2024-01-02 00:00:00 +0000 UTC"},
		"day of noughts":                   {field: layers.Field{Type: layers.Date}, in: text("00000000"), want: "<nil>"},
		"day that isn't":                   {field: layers.Field{Type: layers.Date}, in: text("2024-02-30")},
		"day that GDAL read":               {field: layers.Field{Type: layers.Date}, in: gdal.Value{Kind: gdal.Moment, Time: at}, want: "2024-01-02 00:00:00 +0000 UTC"},
		"time without zone is China's":     {field: layers.Field{Type: layers.Time}, in: text("2024-01-02 15:04:05"), want: "2024-01-02 15:04:05 +0800 Asia/Shanghai"},
		"time that GDAL read without zone": {field: layers.Field{Type: layers.Time}, in: gdal.Value{Kind: gdal.Moment, Time: at}, want: "2024-01-02 15:04:05 +0800 Asia/Shanghai"},
		"time that isn't":                  {field: layers.Field{Type: layers.Time}, in: text("noon")},
		"yes":                              {field: layers.Field{Type: layers.Boolean}, in: text("是"), want: "true"},
		"no":                               {field: layers.Field{Type: layers.Boolean}, in: whole(0), want: "false"},
		"perhaps":                          {field: layers.Field{Type: layers.Boolean}, in: text("2")},
	}
	for sentence, c := range cases {
		t.Run(sentence, func(t *testing.T) {
			value, done, refused := convert(c.field, c.in, charsetUTF8)
			got := fmt.Sprint(value)
			switch {
			case (refused != nil) != (c.want == ""):
				t.Errorf("got %v, refused %v", got, refused)
			case refused == nil && got != c.want:
				t.Errorf("got %s, want %s", got, c.want)
			case (done != nil) != c.changed:
				t.Errorf("said to be changed: %v", done)
			}
		})
	}
}

func TestAmountsAddUpExactly(t *testing.T) {
	sum := int64(0)
	for range 1000 {
		v, _, refused := parseDecimal("0.01", 2)
		if refused != nil {
			t.Fatal(refused)
		}
		sum += v.(amount).unscaled
	}
	if sum != 1000 {
		t.Errorf("a thousand cents are %v cents", sum)
	}
}

func TestProgressPrinter(t *testing.T) {
	steps := []Progress{
		{Stage: Unpacking, Bytes: 1 << 20},
		{Stage: Inspecting},
		{Stage: Loading, Rows: 250, Total: 1000},
		{Stage: Loading, Rows: 500, Total: 1000},
		{Stage: Finishing},
		{Stage: Done},
	}
	show := func(terminal bool, step time.Duration) string {
		var out strings.Builder
		p := NewProgressPrinter(&out, terminal)
		now := time.Unix(0, 0)
		p.now = func() time.Time { return now }
		for _, s := range steps {
			p.Show(s)
			now = now.Add(step)
		}
		return out.String()
	}
	plain := show(false, 10*time.Second)
	if !strings.Contains(plain, "50%  500/1000 行 rows  50 行/s  剩余 ETA 10s\n") || strings.Contains(plain, "\r") {
		t.Errorf("plain lines:\n%s", plain)
	}
	if n := strings.Count(show(false, time.Millisecond), "\n"); n != 5 {
		t.Errorf("%d plain lines in a few milliseconds, want one a stage", n)
	}
	if line := show(true, time.Second); strings.Count(line, "\n") != 1 || strings.Count(line, "\r") != len(steps) {
		t.Errorf("terminal: %q", line)
	}
}

func TestExplain(t *testing.T) {
	for sentence, c := range map[string]struct {
		in, want error
	}{
		"the database's disk is full":    {&pgconn.PgError{Code: "53100"}, ErrDiskFull},
		"our disk is full":               {fmt.Errorf("unpacking: %w", &os.PathError{Op: "write", Err: syscall.ENOSPC}), ErrDiskFull},
		"the database is shut down":      {fmt.Errorf("copy: %w", &pgconn.PgError{Code: "57P01"}), ErrDatabaseLost},
		"the connection breaks":          {fmt.Errorf("copy: %w", io.ErrUnexpectedEOF), ErrDatabaseLost},
		"the connection is reset":        {&os.SyscallError{Syscall: "read", Err: syscall.ECONNRESET}, ErrDatabaseLost},
		"cancelled stays cancelled":      {context.Canceled, context.Canceled},
		"what isn't known stays itself":  {io.ErrNoProgress, io.ErrNoProgress},
		"a problem isn't worded twice":   {problem(ErrDamaged, "x", "y"), ErrDamaged},
		"a constraint is nobody's fault": {&pgconn.PgError{Code: "23505"}, nil},
	} {
		got := explain(c.in)
		var p *Problem
		if c.want != nil && !errors.Is(got, c.want) {
			t.Errorf("%s: got %v", sentence, got)
		}
		if worded := errors.As(got, &p); c.want == ErrDiskFull && !worded || c.want == nil && worded {
			t.Errorf("%s: worded %v", sentence, worded)
		}
	}
}

func FuzzDecideEncoding(f *testing.F) {
	f.Add([]byte("罗定市"), "UTF-8", byte(0))
	f.Add([]byte("\xc2\xde\xb6\xa8"), "GBK", byte(0x57))
	f.Add([]byte("\x95\x32\x82\x36"), "", byte(0x4d))
	f.Add([]byte("\xff\xfe"), "klingon", byte(1))
	f.Fuzz(func(t *testing.T, text []byte, cpg string, ldid byte) {
		var e evidence
		e.add(text)
		charset, said, err := decideEncoding(declared{cpg: cpg, ldid: ldid}, &e)
		if err != nil {
			return
		}
		if said.Name == "" || said.ZH == "" || said.EN == "" {
			t.Errorf("badly told: %+v", said)
		}
		got, _, ok := charset.decode(text)
		if ok && !utf8.ValidString(got) {
			t.Errorf("%q is not text", got)
		}
		if ok && strings.ContainsRune(got, utf8.RuneError) && !strings.Contains(string(text), "\uFFFD") {
			t.Errorf("% x became %q", text, got)
		}
	})
}

func FuzzOpenZip(f *testing.F) {
	for name, content := range map[string]string{
		"a.csv":                    "code,lon,lat\n1,112,23\n",
		"b/a.geojson":              `{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"code":"1"},"geometry":{"type":"Polygon","coordinates":[[[112,22],[113,22],[113,23],[112,22]]]}}]}`,
		"x.gdb/a00000001.gdbtable": "not a table",
		"x.shp":                    "not a shape",
	} {
		var b bytes.Buffer
		w := zip.NewWriter(&b)
		member, err := w.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Store})
		if err != nil {
			f.Fatal(err)
		}
		if _, err := member.Write([]byte(content)); err != nil {
			f.Fatal(err)
		}
		if err := w.Close(); err != nil {
			f.Fatal(err)
		}
		f.Add(b.Bytes())
	}
	f.Add([]byte("PK\x05\x06" + strings.Repeat("\x00", 18)))
	f.Add([]byte("PK\x03\x04"))
	def := layers.Definition{ID: "plot", Geometry: layers.Polygon, Fields: []layers.Field{{Name: "code", Label: "编号", LabelEN: "Code", Type: layers.Text}}}
	f.Fuzz(func(t *testing.T, content []byte) {
		dir := t.TempDir()
		file := filepath.Join(dir, "a.zip")
		if err := os.WriteFile(file, content, 0o600); err != nil {
			t.Fatal(err)
		}
		o := Options{
			File: file, Layer: "plot", CRS: "EPSG:4490", DryRun: true, TempDir: filepath.Join(dir, "temp"),
			Limits: Limits{Entries: 50, Bytes: 1 << 20, Ratio: 200, Depth: 4},
		}
		if err := os.Mkdir(o.TempDir, 0o700); err != nil {
			t.Fatal(err)
		}
		_, err := Run(t.Context(), onlyDefinition{def}, o)
		var p *Problem
		if err != nil && !errors.As(err, &p) {
			t.Errorf("not worded: %v", err)
		}
		if left, _ := os.ReadDir(o.TempDir); len(left) > 0 {
			t.Errorf("left behind: %v", left)
		}
		if all, _ := os.ReadDir(dir); len(all) != 2 {
			t.Errorf("written outside: %v", all)
		}
	})
}

// onlyDefinition is a store for dry runs.
type onlyDefinition struct{ def layers.Definition }

func (d onlyDefinition) Definition(context.Context, string) (layers.Definition, error) {
	return d.def, nil
}

func (onlyDefinition) Yardstick(context.Context, layers.Definition) (layers.Yardstick, error) {
	return layers.Yardstick{}, nil
}

func (onlyDefinition) BeginDraft(context.Context, string) (Draft, error) { return countingDraft{}, nil }

// countingDraft counts rows and keeps none; Finish is not for a dry run.
type countingDraft struct{ Draft }

func (countingDraft) KeepExtra(context.Context) error { return nil }

func (countingDraft) Abandon(context.Context) {}

func (countingDraft) Inspect(context.Context, func(context.Context, pgx.Tx, pgx.Identifier) error) error {
	return nil
}

func (countingDraft) CopyTuples(_ context.Context, tuples io.Reader) (n int64, err error) {
	in := bufio.NewReader(tuples)
	if _, err := in.Discard(len(copyHeader)); err != nil {
		return 0, err
	}
	for ; ; n++ {
		var fields int16
		if err := binary.Read(in, binary.BigEndian, &fields); err != nil || fields < 0 {
			return n, err
		}
		for range fields {
			var length int32
			if err := binary.Read(in, binary.BigEndian, &length); err != nil {
				return n, err
			}
			if _, err := in.Discard(int(max(length, 0))); err != nil {
				return n, err
			}
		}
	}
}

// shrinking is a dataset that lost its rows since it was opened.
type shrinking struct{ opened }

func (shrinking) Read(int, []int) (features, error) {
	return &records{builder: gdal.NewBuilder(1), next: func() ([]byte, []gdal.Value, error) { return nil, nil, io.EOF }}, nil
}

func TestAFileThatBecameShorterBetweenItsReadings(t *testing.T) {
	s := &source{file: shrinking{}, dataset: dataset{name: "地块.shp"}, names: []string{"备注"}, layer: gdal.Layer{Fields: []gdal.Field{{Name: "备注"}}}}
	c, err := complete(s)
	if err != nil || c == nil {
		t.Fatal(c, err)
	}
	defer c.close()
	h := &heldRow{}
	h.Row, h.Attributes = 3, []byte("{}")
	var p *Problem
	if err := c.add(t.Context(), h); !errors.Is(err, ErrDamaged) || !errors.As(err, &p) || !strings.Contains(p.ZH, "变短") || !strings.Contains(p.EN, "地块.shp") {
		t.Errorf("got %v", err)
	}
}
