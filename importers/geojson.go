package importers

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"onemap/spatial/crs"
)

// mostBeforeFeatures is how far into a GeoJSON file its member crs is looked for.
const mostBeforeFeatures = 1 << 20

// statedByMember reads the member crs of a GeoJSON file, which the standard of
// 2008 had. GDAL takes a name that it doesn't know for WGS 84, which nobody said.
func (s *source) statedByMember() statement {
	st := statement{by: "geojson"}
	st.system, st.err = crs.Identify(s.layer.WKT)
	name, there, err := crsMember(s.dataset.path)
	if err != nil {
		st.err = err
	}
	if !there || st.err != nil || st.system != crs.WGS84 {
		st.silent = errors.Is(st.err, crs.ErrUnknown) || st.system == crs.WGS84
		return st
	}
	plain := strings.NewReplacer(" ", "", "-", "", "_", "", "/", "").Replace(strings.ToUpper(name))
	switch {
	case strings.Contains(plain, "GCJ02"):
		st.system = crs.GCJ02
	case strings.Contains(plain, "BD09"):
		st.system = crs.BD09
	case strings.Contains(plain, "CRS84"), strings.HasSuffix(plain, ":4326"), strings.Contains(plain, "WGS84"), strings.Contains(plain, "WGS1984"):
	default:
		st.err = problem(crs.ErrUnknown, "文件的 crs 成员为 %[1]q，无法识别，不能当作 WGS 84；请用 --crs 指明坐标系",
			"the file's member crs is %[1]q, which is not known and must not be taken for WGS 84; name the system with --crs", name)
		st.silent = true
	}
	return st
}

// crsMember returns the name in a GeoJSON file's member crs, and whether there is
// one before the features. A linked crs is not fetched: its address is the name.
func crsMember(file string) (name string, there bool, err error) {
	f, err := os.Open(file)
	if err != nil {
		return "", false, fmt.Errorf("importers: %w", err)
	}
	defer f.Close()
	head, err := io.ReadAll(io.LimitReader(f, mostBeforeFeatures))
	if err != nil {
		return "", false, fmt.Errorf("importers: %w", err)
	}
	// What is wrong with the file as JSON is told by who reads it all.
	decoder := json.NewDecoder(bytes.NewReader(bytes.TrimPrefix(head, []byte("\xef\xbb\xbf"))))
	if open, err := decoder.Token(); err != nil || open != json.Delim('{') {
		return "", false, nil //nolint:nilerr // see above
	}
	for decoder.More() {
		key, err := decoder.Token()
		if err != nil || key == "features" || key == "geometry" {
			return "", false, nil //nolint:nilerr // see above
		}
		var value json.RawMessage
		if err := decoder.Decode(&value); err != nil {
			return "", false, nil //nolint:nilerr // see above
		}
		if key != "crs" {
			continue
		}
		var member struct {
			Properties struct{ Name, Href string }
		}
		if err := json.Unmarshal(value, &member); err != nil || member.Properties.Name+member.Properties.Href == "" {
			return string(value[:min(len(value), 100)]), true, nil
		}
		return member.Properties.Name + member.Properties.Href, true, nil
	}
	return "", false, nil
}
