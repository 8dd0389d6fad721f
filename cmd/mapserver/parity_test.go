package main

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"
)

// atTheMachine says for every address of the service which command line does the
// same, or, in brackets, why there is none.
var atTheMachine = map[string]string{
	"GET /healthz":                                                            "doctor",
	"GET /readyz":                                                             "doctor",
	"GET /metrics":                                                            "(of the process that serves)",
	"GET /openapi.json":                                                       "(describes the service over HTTP)",
	"GET /api/v1/info":                                                        "help",
	"GET /api/v1/layers":                                                      "layers --json",
	"GET /api/v1/layers/{layer}":                                              "layers LAYER --json",
	"GET /api/v1/layers/{layer}/features":                                     "features LAYER",
	"GET /api/v1/layers/{layer}/features/{fid}":                               "features LAYER FID",
	"GET /api/v1/layers/{layer}/table":                                        "table LAYER --where JSON --sort FIELD --bbox BBOX --offset N --limit N --shapes",
	"GET /api/v1/layers/{layer}/table/statistics":                             "table LAYER --statistics FIELD",
	"POST /api/v1/layers/{layer}/features":                                    "edit create LAYER --file FILE --crs EPSG:4546",
	"PUT /api/v1/layers/{layer}/features/{fid}":                               "edit replace LAYER FID --file FILE --if-match ETAG",
	"PATCH /api/v1/layers/{layer}/features/{fid}":                             "edit update LAYER FID --file FILE --reason WHY",
	"DELETE /api/v1/layers/{layer}/features/{fid}":                            "edit delete LAYER FID",
	"GET /api/v1/layers/{layer}/edits":                                        "edits LAYER --fid N --json",
	"GET /api/v1/layers/{layer}/rules":                                        "layers LAYER --rules --json",
	"GET /api/v1/layers/{layer}/versions":                                     "layers LAYER",
	"GET /api/v1/layers/{layer}/versions/{number}":                            "report LAYER VERSION",
	"GET /api/v1/layers/{layer}/versions/{number}/report.html":                "report LAYER VERSION --format html",
	"GET /api/v1/layers/{layer}/versions/{number}/report.xlsx":                "report LAYER VERSION --format xlsx",
	"GET /api/v1/layers/{layer}/versions/{number}/quarantine":                 "quarantine list LAYER VERSION",
	"PATCH /api/v1/layers/{layer}/versions/{number}/quarantine":               "quarantine correct LAYER VERSION",
	"PATCH /api/v1/layers/{layer}/versions/{number}/quarantine/{row}":         "quarantine correct LAYER VERSION",
	"POST /api/v1/layers/{layer}/versions/{number}/quarantine/retry":          "quarantine retry LAYER VERSION --seven-parameters FILE",
	"POST /api/v1/layers/{layer}/versions/{number}/publish":                   "publish LAYER VERSION --accept-errors",
	"POST /api/v1/layers/{layer}/rollback":                                    "rollback LAYER",
	"GET /api/v1/layers/{layer}/versions/{number}/difference":                 "difference LAYER VERSION",
	"POST /api/v1/layers/{layer}/versions/{number}/difference":                "difference LAYER VERSION --again",
	"GET /api/v1/layers/{layer}/versions/{number}/difference/features":        "difference LAYER VERSION --features",
	"GET /api/v1/layers/{layer}/versions/{number}/difference/{z}/{x}/{y}.mvt": "tile LAYER Z X Y --difference VERSION",
	"GET /api/v1/imports":                                                     "imports list",
	"POST /api/v1/imports":                                                    "imports submit FILE --manifest FILE --seven-parameters FILE",
	"GET /api/v1/imports/{import}":                                            "imports show ID",
	"DELETE /api/v1/imports/{import}":                                         "imports cancel ID",
	"POST /api/v1/imports/{import}/start":                                     "imports start ID",
	"GET /api/v1/imports/{import}/events":                                     "imports watch ID",
	"HEAD /api/v1/imports/{import}/content":                                   "imports resume ID FILE",
	"PATCH /api/v1/imports/{import}/content":                                  "imports resume ID FILE",
	"GET /api/v1/exports":                                                     "export list --state STATE",
	"POST /api/v1/exports":                                                    "export submit --product ID --layers LAYERS --area CODE --clip --format FORMAT --crs CRS --encoding ENC --min-zoom Z --max-zoom Z --purpose TEXT",
	"GET /api/v1/exports/{export}":                                            "export show ID",
	"DELETE /api/v1/exports/{export}":                                         "export remove ID",
	"GET /api/v1/exports/{export}/events":                                     "export watch ID",
	"GET /api/v1/exports/{export}/content":                                    "export fetch ID --out FILE",
	"POST /api/v1/exports/{export}/approval":                                  "export approve ID --reason TEXT",
	"GET /api/v1/dictionaries/{dictionary}":                                   "dictionary ID",
	"GET /api/v1/grid/locate":                                                 "locate LON LAT --crs CRS --accuracy METRES",
	"POST /api/v1/grid/locate":                                                "locate --file FILE --crs CRS",
	"GET /api/v1/grid/cells":                                                  "cells --bbox BBOX --layer LAYER",
	"GET /api/v1/grid/cells/{code}":                                           "cells CODE",
	"GET /api/v1/grid/cells/{code}/pack":                                      "(for phones without signal; cells and risk answer at the machine)",
	"GET /api/v1/grid/cells/{code}/summary":                                   "cells CODE --summary --layers LAYERS",
	"GET /api/v1/grid/codes/{scheme}/encode":                                  "codes encode SCHEME LON LAT --level LEVEL --crs CRS",
	"GET /api/v1/grid/codes/{scheme}/decode":                                  "codes decode SCHEME CODE",
	"GET /api/v1/grid/codes/{scheme}/neighbours":                              "codes neighbours SCHEME CODE",
	"POST /api/v1/grid/codes/{scheme}/cover":                                  "codes cover SCHEME FILE --level LEVEL",
	"GET /api/v1/coordinates/convert":                                         "convert POSITION --from CRS --to CRS --form FORM",
	"POST /api/v1/coordinates/convert":                                        "convert POSITION --from CRS --to CRS --form FORM",
	"GET /api/v1/identify":                                                    "identify LON LAT --crs EPSG",
	"GET /api/v1/nearest":                                                     "nearest LAYER LON LAT --count N --within M --crs EPSG",
	"GET /api/v1/within":                                                      "within LON LAT --radius M --layers LAYERS --crs EPSG",
	"POST /api/v1/within":                                                     "within --shape FILE --division CODE --wholly",
	"POST /api/v1/overlay":                                                    "overlay LAYER LAYER --shape FILE --division CODE --by FIELD --with-by FIELD --pieces",
	"POST /api/v1/buffer":                                                     "buffer FILE --metres M",
	"POST /api/v1/links":                                                      "links save STATE",
	"GET /api/v1/links/{link}":                                                "links open ID",
	"GET /api/v1/summarize":                                                   "summarize LAYER --by FIELD --level LEVEL --division CODE",
	"POST /api/v1/compliance":                                                 "compliance check FILE --rules SET --name NAME --reason TEXT --stated-m2 M2 --crs EPSG",
	"GET /api/v1/compliance":                                                  "compliance list --before N --limit N",
	"GET /api/v1/compliance/{check}":                                          "compliance show ID --again",
	"GET /api/v1/compliance/{check}/report.html":                              "compliance show ID --format html",
	"GET /api/v1/compliance/{check}/report.xlsx":                              "compliance show ID --format xlsx",
	"GET /api/v1/compliance/{check}/pieces.geojson":                           "compliance show ID --format geojson",
	"GET /api/v1/compliance/{check}/pieces.zip":                               "compliance show ID --format shp --dbf-encoding GBK",
	"GET /api/v1/rule-sets":                                                   "compliance rules",
	"GET /api/v1/rule-sets/{set}":                                             "compliance rules SET",
	"GET /api/v1/risk":                                                        "risk LON LAT --radius M --crs CRS --datetime T",
	"POST /api/v1/risk/exposure":                                              "exposure --layer L --key K --by TIER --crs CRS",
	"GET /api/v1/warnings":                                                    "warnings list --state S --datetime T",
	"POST /api/v1/warnings":                                                   "warnings publish FILE",
	"GET /api/v1/quality":                                                     "quality list",
	"GET /api/v1/quality/export":                                              "quality export --format FORMAT --out FILE",
	"GET /api/v1/quality/{layer}":                                             "quality show LAYER",
	"GET /api/v1/warnings/kinds":                                              "warnings kinds",
	"GET /api/v1/warnings/events":                                             "warnings watch --after SEQ",
	"GET /api/v1/warnings/{warning}":                                          "warnings show ID --datetime T",
	"GET /api/v1/warnings/{warning}.cap":                                      "warnings cap ID --revision N",
	"PATCH /api/v1/warnings/{warning}":                                        "warnings update ID FILE",
	"POST /api/v1/warnings/{warning}/cancel":                                  "warnings cancel ID --reason TEXT",
	"POST /api/v1/risk/rain":                                                  "rain FILE --draft",
	"GET /api/v1/search":                                                      "search TEXT --kinds KINDS --near LON,LAT --crs CRS --bbox BBOX --limit N",
	"GET /api/v1/route/river-chief":                                           "route river-chief LON LAT --crs CRS --datetime T",
	"GET /api/v1/route/forest-chief":                                          "route forest-chief LON LAT --crs CRS --datetime T",
	"POST /api/v1/sessions":                                                   "user add NAME --role ROLE --cell CODE --phone PHONE",
	"GET /api/v1/sessions/current":                                            "user list",
	"DELETE /api/v1/sessions/current":                                         "user revoke NAME",
	"GET /api/v1/incidents":                                                   "incidents list --bbox BBOX --cell CODE --state STATES --kind KIND --text TEXT --from T --to T",
	"POST /api/v1/incidents":                                                  "incidents report FILE --photo FILES --crs CRS",
	"GET /api/v1/incidents/export":                                            "incidents export --format FORMAT",
	"GET /api/v1/incidents/counts":                                            "incidents counts --cell CODE --state STATES --kind KIND",
	"GET /api/v1/incidents/heat":                                              "incidents heat --level LEVEL",
	"GET /api/v1/incidents/events":                                            "incidents watch --after SEQ",
	"GET /api/v1/incidents/{incident}":                                        "incidents show ID",
	"POST /api/v1/incidents/{incident}/transitions":                           "incidents move ID STATE --why TEXT --version N --department TEXT --role ROLE",
	"POST /api/v1/incidents/{incident}/photos":                                "incidents photo ID FILE",
	"GET /api/v1/incidents/{incident}/photos/{photo}":                         "incidents picture ID PHOTO --size SIZE --out FILE",
	"GET /api/v1/products":                                                    "products list --state STATE --theme ID --department NAME --tag TAG --layer ID --text TEXT --limit N --after ID",
	"POST /api/v1/products":                                                   "products create FILE",
	"GET /api/v1/products/indicator":                                          "products indicator",
	"GET /api/v1/products/{product}":                                          "products show ID",
	"PUT /api/v1/products/{product}":                                          "products update ID FILE --revision N",
	"DELETE /api/v1/products/{product}":                                       "products delete ID --revision N",
	"POST /api/v1/products/{product}/transitions":                             "products transition ID STATE --reason TEXT --revision N",
	"GET /api/v1/products/{product}/versions":                                 "products versions ID --before N --limit N",
	"GET /api/v1/products/{product}/versions/{version}":                       "products show ID --version N",
	"GET /api/v1/products/{product}/statistics":                               "products statistics ID --from DAY --to DAY",
	"GET /api/v1/sheets":                                                      "sheets list",
	"POST /api/v1/sheets":                                                     "sheets order --layers LAYERS --palette P --by town",
	"POST /api/v1/sheets/plan":                                                "sheets plan --layers LAYERS --views FILE --drawings FILE --own-order --without PARTS --columns N --rows N",
	"POST /api/v1/sheets/preview":                                             "sheet --layers LAYERS --dpi N --out FILE",
	"POST /api/v1/products/preview":                                           "products check FILE",
	"POST /api/v1/products/{product}/sheets":                                  "sheets order --product ID --version N",
	"GET /api/v1/sheets/{sheet}":                                              "sheets show ID",
	"DELETE /api/v1/sheets/{sheet}":                                           "sheets cancel ID",
	"GET /api/v1/sheets/{sheet}/events":                                       "sheets watch ID",
	"GET /api/v1/sheets/{sheet}/content":                                      "sheets fetch ID --out FILE",
	"GET /api/v1/terrain":                                                     "dem list",
	"GET /api/v1/elevation":                                                   "dem at LON LAT --crs CRS",
	"POST /api/v1/elevation/profile":                                          "dem profile FILE --samples N",
	"GET /terrain/{model}.json":                                               "dem inspect MODEL --tilejson",
	"GET /terrain/{model}/{z}/{x}/{y}.png":                                    "dem tile MODEL Z X Y --out FILE",
	"GET /api/v1/style.json":                                                  "style --palette P --theme T --layers LAYERS --hillshade",
	"GET /api/v1/styles":                                                      "styles list --json",
	"GET /api/v1/styles/{layer}":                                              "styles show LAYER",
	"PUT /api/v1/styles/{layer}":                                              "styles set LAYER --file FILE --controls JSON --note TEXT --check --based-on N",
	"GET /api/v1/styles/{layer}/versions":                                     "styles versions LAYER",
	"GET /api/v1/styles/{layer}/versions/{number}":                            "styles show LAYER --version N",
	"POST /api/v1/styles/{layer}/versions/{number}/restore":                   "styles restore LAYER VERSION --note TEXT",
	"GET /tiles/{layers}.json":                                                "tile LAYERS",
	"GET /tiles/{layers}/report.json":                                         "tiles inspect LAYER",
	"GET /tiles/{layer}.pmtiles":                                              "tiles export LAYER --out FILE",
	"GET /tiles/{grid}/{layer}.pmtiles":                                       "tiles export LAYER --grid GRID --out FILE",
	"GET /tiles/{layers}/{z}/{x}/{y}.mvt":                                     "tile LAYERS Z X Y",
	"GET /tiles/{grid}/{layers}.json":                                         "tile LAYERS --grid GRID",
	"GET /tiles/{grid}/{layers}/report.json":                                  "tiles inspect LAYER --grid GRID",
	"GET /tiles/{grid}/{layers}/{z}/{x}/{y}.mvt":                              "tile LAYERS Z X Y --grid GRID",
	"GET /tileMatrixSets":                                                     "grids",
	"GET /tileMatrixSets/{grid}":                                              "grids GRID",
	"GET /services/page.js":                                                   "(a script of the page)",
	"GET /services/{product}/":                                                "service PRODUCT / --out FILE",
	"GET /services/{product}/style.json":                                      "service PRODUCT style.json --public-url URL",
	"GET /services/{product}/tiles.json":                                      "service PRODUCT tiles.json",
	"GET /services/{product}/tiles/{z}/{x}/{y}.mvt":                           "service PRODUCT tiles/Z/X/Y.mvt",
	"GET /services/{product}/thumbnail.png":                                   "service PRODUCT thumbnail.png",
	"GET /services/{product}/wmts":                                            "service PRODUCT wmts --query QUERY",
	"GET /services/{product}/wmts/1.0.0/WMTSCapabilities.xml":                 "service PRODUCT wmts/1.0.0/WMTSCapabilities.xml",
	"GET /services/{product}/wms":                                             "service PRODUCT wms --query QUERY",
	"GET /services/{product}/wmts/{layer}/{style}/{set}/{z}/{row}/{col}.png":  "service PRODUCT wmts/LAYER/default/c/Z/ROW/COL.png",
	"GET /services/{product}/wmts/{layer}/{style}/{set}/{z}/{row}/{col}.jpg":  "service PRODUCT wmts/LAYER/default/c/Z/ROW/COL.jpg",
	"GET /services/{product}/wmts/{layer}/{style}/{set}/{z}/{row}/{col}.mvt":  "service PRODUCT wmts/LAYER/default/c/Z/ROW/COL.mvt",

	"GET /services/{product}/wmts/{layer}/{style}/{set}/{z}/{row}/{col}/{j}/{i}.json": "service PRODUCT wmts/LAYER/default/c/Z/ROW/COL/J/I.json",
	"GET /services/{product}/wmts/{layer}/{style}/{set}/{z}/{row}/{col}/{j}/{i}.txt":  "service PRODUCT wmts/LAYER/default/c/Z/ROW/COL/J/I.txt",
	"GET /services/{product}/wmts/{layer}/{style}/{set}/{z}/{row}/{col}/{j}/{i}.html": "service PRODUCT wmts/LAYER/default/c/Z/ROW/COL/J/I.html",

	"GET /api/v1/products/{product}/registration.json": "service PRODUCT registration.json --out FILE",
	"GET /api/v1/products/{product}/registration.xlsx": "service PRODUCT registration.xlsx --out FILE",
	"GET /api/v1/products/{product}/registration.zip":  "service PRODUCT registration.zip --out FILE",
}

// The description of the service has every route (a test of web holds it to
// that); each has its command, whose flags are there.
func TestTheCommandLineDoesWhatTheServiceDoes(t *testing.T) {
	text, err := os.ReadFile("../../web/openapi.json")
	if err != nil {
		t.Fatal(err)
	}
	var described struct {
		Paths map[string]map[string]json.RawMessage
	}
	if err := json.Unmarshal(text, &described); err != nil {
		t.Fatal(err)
	}
	routes := map[string]bool{}
	for path, methods := range described.Paths {
		for method := range methods {
			if method = strings.ToUpper(method); slices.Contains([]string{"GET", "HEAD", "POST", "PATCH", "PUT", "DELETE"}, method) {
				routes[method+" "+path] = true
			}
		}
	}
	for route := range routes {
		if atTheMachine[route] == "" {
			t.Errorf("no command line for %s", route)
		}
	}
	for route, line := range atTheMachine {
		if !routes[route] {
			t.Errorf("there is no route %s any more", route)
		}
		if strings.HasPrefix(line, "(") {
			continue
		}
		words := strings.Fields(line)
		i := slices.IndexFunc(commands(), func(c command) bool { return c.name == words[0] })
		if i < 0 {
			t.Errorf("%s: there is no command %s", route, words[0])
			continue
		}
		_, usage, _ := mapserver(t, words[0], "--help")
		if len(words) > 1 && words[1] == strings.ToLower(words[1]) { // a command of its own
			_, more, _ := mapserver(t, words[0], words[1], "--help")
			usage += more
		}
		for _, flag := range words {
			if name, is := strings.CutPrefix(flag, "--"); is && !strings.Contains(usage, "  -"+name) {
				t.Errorf("%s: %s has no flag %s", route, words[0], flag)
			}
		}
	}
}
