package web

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode"

	"onemap/importers"
	"onemap/spatial/compliance"
	"onemap/spatial/crs"
)

// mostOutline is the longest body that holds a red line or another shape, bytes.
const mostOutline = 16 << 20

var errBodyTooLarge = errors.New("web: body too large")

// fieldError is an error that one field of a request is to blame for.
type fieldError struct {
	Name string
	err  error
}

func (e *fieldError) Error() string { return e.err.Error() }

func (e *fieldError) Unwrap() error { return e.err }

// asParameters puts a message that names flags of the command line into the words
// of a request.
var asParameters = strings.NewReplacer("--crs ", "crs=", "--crs", "crs", "--source-layer", "source_layer", "--swap-axes", "swap_axes=true",
	"--override-crs", "override_crs=true", "--encoding ", "encoding=", "--encoding", "encoding",
	"；也可用 --columns x=…,y=… 指定", "", "; or name them with --columns x=…,y=…", "",
	"，或用 --seven-parameters 给出测绘部门提供的七参数文件", "", ", or give their seven parameters with --seven-parameters", "")

// blame says which field an outline's fault is in, in words of a request.
func blame(field string, err error) error {
	var told *importers.Problem
	if !errors.As(err, &told) {
		return err
	}
	worded := *told
	worded.ZH, worded.EN = asParameters.Replace(told.ZH), asParameters.Replace(told.EN)
	for _, of := range []error{crs.ErrUnknown, crs.ErrUnsupported, crs.ErrNeedsParameters, importers.ErrCRSContradiction} {
		if errors.Is(err, of) {
			field = "crs"
		}
	}
	if errors.Is(err, importers.ErrSourceLayer) {
		field = "source_layer"
	}
	return &fieldError{field, &worded}
}

// readAll reads a body up to a length; a longer one is refused.
func readAll(w http.ResponseWriter, r *http.Request, most int64) ([]byte, error) {
	if r.ContentLength > most {
		return nil, fmt.Errorf("%w: %d bytes, at most %d", errBodyTooLarge, r.ContentLength, most)
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, most))
	return body, tooLarge(err)
}

func tooLarge(err error) error {
	var longer *http.MaxBytesError
	if errors.As(err, &longer) {
		return fmt.Errorf("%w: more than %d bytes", errBodyTooLarge, longer.Limit)
	}
	return err
}

// outlineParameters are what may be said of a red line beside it: in the query,
// as fields of a form, or as members of a JSON object.
var outlineParameters = []string{"rule_set", "name", "reason", "stated_m2", "datetime", "crs", "filename", "source_layer", "encoding", "override_crs", "swap_axes"}

// sent is a red line as it was sent, and what was said beside it.
type sent struct {
	values url.Values
	body   []byte // of the red line alone
	kind   string // geojson, points, file, or "" for what the bytes say
}

// readSent takes a request apart: the red line is the body, a part "file" of a
// form, or the member redline or points of an object.
func readSent(w http.ResponseWriter, r *http.Request) (sent, error) {
	values, err := query(r, outlineParameters...)
	if err != nil {
		return sent{}, err
	}
	media := r.Header.Get("Content-Type")
	kind, parameters, err := mime.ParseMediaType(media)
	if err != nil && media != "" {
		return sent{}, &paramError{"Content-Type", media, "无法解析", "cannot be read"}
	}
	if kind == "multipart/form-data" {
		return readForm(w, r, values, parameters["boundary"])
	}
	body, err := readAll(w, r, mostOutline)
	if err != nil {
		return sent{}, err
	}
	s := sent{values: values, body: body}
	switch {
	case len(bytes.TrimSpace(body)) == 0:
		return sent{}, &paramError{"(body)", "", "正文为空；应为红线：GeoJSON，或文件（SHP 的 ZIP、TXT、KML、DXF 等）", "empty; it must be the red line: GeoJSON, or a file (SHP as ZIP, TXT, KML, DXF …)"}
	case kind == "application/json", kind == "application/geo+json", values.Get("filename") == "" && bytes.HasPrefix(bytes.TrimSpace(body), []byte("{")):
		return s, s.unwrap()
	}
	return s, nil
}

// unwrap takes an object that is no GeoJSON itself apart.
func (s *sent) unwrap() error {
	s.kind = "geojson"
	var members map[string]json.RawMessage
	if err := json.Unmarshal(s.body, &members); err != nil {
		return &paramError{"(body)", "", "不是有效的 JSON 对象", fmt.Sprintf("no valid JSON object: %v", err)}
	}
	if _, plain := members["type"]; plain {
		return nil
	}
	found := false
	for name, value := range members {
		switch {
		case name == "redline" || name == "points":
			if found {
				return &paramError{"(body)", "", "redline 与 points 只能给出一个", "must have redline or points, not both"}
			}
			found, s.body = true, value
			if name == "points" {
				var text string
				if err := json.Unmarshal(value, &text); err != nil {
					return &paramError{"points", clip(value), "应为文字，每行一个界址点", "must be text, a corner a line"}
				}
				s.kind, s.body = "points", []byte(text)
			}
		case !slices.Contains(outlineParameters, name):
			return &paramError{name, clip(value), "未知成员；可用：redline、points、" + strings.Join(outlineParameters, "、"), "unknown member; known are: redline, points, " + strings.Join(outlineParameters, ", ")}
		default:
			if err := s.set(name, plainText(value)); err != nil {
				return err
			}
		}
	}
	if !found {
		return &paramError{"redline", "", "必须给出：GeoJSON 面，或以 points 给出界址点文字", "must be given: polygons as GeoJSON, or corners as text in points"}
	}
	return nil
}

// plainText is a member's text, or a number or flag as it is written.
func plainText(value json.RawMessage) string {
	var text string
	if json.Unmarshal(value, &text) == nil {
		return text
	}
	return string(value)
}

func clip(value []byte) string { return string(value[:min(len(value), 60)]) }

func (s *sent) set(name, value string) error {
	if s.values.Has(name) {
		return &paramError{name, value, "同一参数只能出现一次", "given more than once"}
	}
	s.values.Set(name, value)
	return nil
}

// mostParts is how many parts a form may have.
const mostParts = 32

func readForm(w http.ResponseWriter, r *http.Request, values url.Values, boundary string) (sent, error) {
	wrong := func(err error) error {
		return &paramError{"(body)", "", "表单无法解析", fmt.Sprintf("the form cannot be read: %v", err)}
	}
	s := sent{values: values, kind: "file"}
	form := multipart.NewReader(http.MaxBytesReader(w, r.Body, mostOutline+1<<20), boundary)
	for n := 0; ; n++ {
		part, err := form.NextPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil || n == mostParts {
			if over := tooLarge(err); errors.Is(over, errBodyTooLarge) {
				return sent{}, over
			}
			return sent{}, wrong(err)
		}
		content, err := io.ReadAll(part)
		if over := tooLarge(err); errors.Is(over, errBodyTooLarge) {
			return sent{}, over
		}
		if err != nil {
			return sent{}, wrong(err)
		}
		switch name := part.FormName(); {
		case name == "file" && s.body == nil:
			s.body = content
			if !values.Has("filename") && part.FileName() != "" {
				values.Set("filename", part.FileName())
			}
		case name == "redline" && s.body == nil:
			s.body, s.kind = content, "geojson"
		case name == "points" && s.body == nil:
			s.body, s.kind = content, "points"
		case slices.Contains(outlineParameters, name):
			if err := s.set(name, string(content)); err != nil {
				return sent{}, err
			}
		default:
			return sent{}, &paramError{name, "", "未知或重复的表单项；可用：file、redline、points、" + strings.Join(outlineParameters, "、"), "unknown, or given twice; known are: file, redline, points, " + strings.Join(outlineParameters, ", ")}
		}
	}
	if s.body == nil {
		return sent{}, &paramError{"file", "", "必须给出红线文件", "must be given: the file of the red line"}
	}
	return s, nil
}

// outline reads the red line that was sent.
func (s sent) outline(r *http.Request) (compliance.Input, error) {
	override, err := flag(s.values, "override_crs")
	if err != nil {
		return compliance.Input{}, err
	}
	swap, err := flag(s.values, "swap_axes")
	if err != nil {
		return compliance.Input{}, err
	}
	system := s.values.Get("crs")
	var read importers.Outline
	kind := s.kind
	if kind == "" && !bytes.Contains(s.body[:min(len(s.body), 1<<16)], []byte("[")) && isCorners(s.body) && s.values.Get("filename") == "" {
		kind = "points"
	}
	switch kind {
	case "geojson":
		read, err = importers.ParseGeoJSON(s.body, system, swap)
	case "points":
		read, err = importers.ParseCorners(s.body, system, swap)
	default:
		return s.file(r, importers.OutlineOptions{
			SourceLayer: s.values.Get("source_layer"), CRS: system, Encoding: s.values.Get("encoding"), OverrideCRS: override, SwapAxes: swap,
		})
	}
	if err != nil {
		return compliance.Input{}, blame("redline", err)
	}
	return OutlineInput(read, "", sha(s.body)), nil
}

// isCorners tells a text of figures from a file.
func isCorners(body []byte) bool {
	line, _, _ := bytes.Cut(bytes.TrimSpace(body), []byte("\n"))
	digits := 0
	for _, c := range line {
		if c >= '0' && c <= '9' {
			digits++
		} else if c >= 0x80 && digits == 0 || c == 0 {
			return false
		}
	}
	return len(line) < 200 && digits >= 2 && !bytes.HasPrefix(body, []byte("PK")) && !bytes.ContainsAny(line, "<{\"")
}

func sha(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// file lays the body into a folder of its own, under its name, and reads it as an
// import would.
func (s sent) file(r *http.Request, o importers.OutlineOptions) (compliance.Input, error) {
	dir, err := os.MkdirTemp("", "onemap-redline-")
	if err != nil {
		return compliance.Input{}, err
	}
	defer os.RemoveAll(dir) //nolint:errcheck // a leftover in the temporary folder is no failure
	name := plainFilename(s.values.Get("filename"), s.body)
	o.File, o.TempDir = filepath.Join(dir, name), dir
	o.Limits = importers.DefaultLimits()
	o.Limits.Bytes = min(o.Limits.Bytes, 16*mostOutline)
	if err := os.WriteFile(o.File, s.body, 0o600); err != nil {
		return compliance.Input{}, err
	}
	read, err := importers.ReadOutline(r.Context(), o)
	if err != nil {
		return compliance.Input{}, blame("redline", err)
	}
	return OutlineInput(read, name, sha(s.body)), nil
}

// plainFilename is a file's name without its folders and what a file system or a
// terminal would stumble over; one without a name is called by its content.
func plainFilename(name string, body []byte) string {
	name = strings.Map(func(c rune) rune {
		if unicode.IsControl(c) || strings.ContainsRune(`/\:*?"<>|`, c) {
			return '_'
		}
		return c
	}, filepath.Base(strings.ReplaceAll(name, `\`, "/")))
	name = strings.TrimLeft(strings.ToValidUTF8(name, "_"), ". ")
	if runes := []rune(name); len(runes) > 60 {
		name = string(runes[len(runes)-60:]) // the ending counts
	}
	if name != "" && name != "_" {
		return name
	}
	for _, known := range []struct{ mark, ending string }{{"PK", ".zip"}, {"[", ".txt"}, {"{", ".geojson"}, {"<", ".kml"}} {
		if bytes.HasPrefix(bytes.TrimLeft(bytes.TrimPrefix(body, []byte("\xef\xbb\xbf")), " \r\n\t"), []byte(known.mark)) {
			return "redline" + known.ending
		}
	}
	if bytes.Contains(body[:min(len(body), 4096)], []byte("SECTION")) {
		return "redline.dxf"
	}
	return "redline.txt"
}

// OutlineInput is an outline that was read as the input of a check.
func OutlineInput(o importers.Outline, file, sha256 string) compliance.Input {
	in := compliance.Input{Format: o.Format, File: file, SHA256: sha256, CRS: o.CRS, CRSName: o.CRSName, CRSSource: o.CRSSource, Encoding: o.Encoding}
	for _, n := range o.Notes {
		in.Notes = append(in.Notes, compliance.Note{ZH: asParameters.Replace(n.ZH), EN: asParameters.Replace(n.EN)})
	}
	for _, p := range o.Plots {
		in.Plots = append(in.Plots, compliance.Plot{Number: p.Number, Name: p.Name, StatedM2: p.Stated, Shape: p.Shape})
	}
	return in
}
