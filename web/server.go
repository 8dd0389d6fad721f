package web

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/gorilla/mux"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/paulmach/orb/maptile"

	"onemap/access"
	"onemap/incidents/photos"
	"onemap/layers"
	"onemap/spatial/risk"
	"onemap/tiles"
	"onemap/tiles/grid"
)

// Config is how the service shows itself. The zero value of a limit means its default.
type Config struct {
	Name              string        // Chinese name of the service
	NameEN            string        // English name
	Version           string        // of the program
	MapApprovalNumber string        // 审图号; empty on an inner network
	PublicURL         string        // put before addresses in TileJSON, as "https://map.example.gov.cn"; "" for addresses from the root
	QueryTimeout      time.Duration // longest time of a request that only asks; default 15 s
}

func (c Config) withDefaults() Config {
	if c.QueryTimeout == 0 {
		c.QueryTimeout = 15 * time.Second
	}
	return c
}

// catalogueSource is what this package needs of [layers.Watcher].
type catalogueSource interface {
	Catalogue() *layers.Catalogue
}

// tileSource is what this package needs of [tiles.Builder].
type tileSource interface {
	SetIn(in grid.Square, chosen []layers.Layer) tiles.Set
	Find(s tiles.Set, t maptile.Tile) (tiles.Found, error)
	Difference(ctx context.Context, l layers.Layer, d layers.Difference, t maptile.Tile) (tiles.Tile, error)
}

// tokenSource is what this package needs of [access.Tokens].
type tokenSource interface {
	Principal(ctx context.Context, secret string) (access.Principal, error)
}

// Parts are what the service is put together from.
type Parts struct {
	DB        *pgxpool.Pool
	Store     *layers.Store
	Catalogue catalogueSource
	Tiles     tileSource
	Archives  archiveSource
	Tokens    tokenSource
	Metrics   *Metrics
	Cells     cellSource   // nil is none, and /readyz doesn't wait for it
	Search    searchSource // likewise
	Links     linkStore
	Names     nameReader // nil is none, and layers are listed without their pinyin

	Styles     styleWatcher // nil is none: layers look as they come
	StyleStore styleStore

	Imports       importQueue
	ImportChanges importChanges

	Exports    exportOffice
	ExportBell bell

	Compliance   complianceOffice
	Risks        riskSource
	RainRules    risk.RainRules
	Warnings     warningStore
	WarningBoard warningBoard

	Sheets    sheetQueue
	SheetBell bell

	Users        sessionKeeper
	Incidents    incidentStore // nil is none, and cells are told without them
	IncidentBell bell

	Ground groundSource // elevation models; nil is none

	Products     productStore
	ProductCalls callRecorder
	Services     ProductServices
}

// server holds what handlers need.
type server struct {
	Parts
	config   Config
	parcels  parcels
	packers  packers
	constant tileHeaders
	opened   openLists
	guards   []guard
	numbers  *numbers
	darkroom *photos.Darkroom
	previews turnstile
}

// entrance is the handler of the whole service, and what it answers before
// net/http; see [Parcels].
type entrance struct {
	http.Handler
	express *express
}

// New returns the handler of the whole service.
func New(config Config, parts Parts) (http.Handler, error) {
	s := &server{Parts: parts, config: config.withDefaults(), constant: newTileHeaders(), guards: guards(), numbers: newNumbers(), darkroom: photos.NewDarkroom(), previews: newTurnstile(previewsAtOnce, previewsWaiting)}
	router, err := s.router()
	if err != nil {
		return nil, err
	}
	return &entrance{s.wrap(s.shortcut(router)), newExpress(s)}, nil
}

// route is one address of the service and the right that it needs. A route
// without a right is shut to everybody.
type route struct {
	method string
	path   string
	right  access.Right
	long   bool // may take longer than the query timeout, or sees to it itself
	handle handler
}

// handler answers a request or returns an error, which [writeProblem] answers.
type handler func(w http.ResponseWriter, r *http.Request) error

// routes is the table of all addresses; /openapi.json describes the same ones.
func (s *server) routes() []route {
	return slices.Concat([]route{
		s.tileRoute(),
		s.gridTileRoute(),
		{"GET", locatePath, access.ReadPublic, false, s.getLocate},
		{"POST", locatePath, access.ReadPublic, true, s.postLocate},
		{"GET", "/healthz", access.ReadStatus, false, s.getHealth},
		{"GET", "/readyz", access.ReadStatus, false, s.getReady},
		{"GET", "/metrics", access.ReadStatus, false, s.getMetrics},
		{"GET", "/openapi.json", access.ReadStatus, false, s.getOpenAPI},
		{"GET", "/api/v1/info", access.ReadStatus, false, s.getInfo},
		{"GET", "/api/v1/layers", access.ReadPublic, false, s.getLayers},
		{"GET", "/api/v1/layers/{layer}", access.ReadPublic, false, s.getLayer},
		{"GET", "/api/v1/layers/{layer}/features", access.ReadPublic, false, s.getFeatures},
		{"GET", "/api/v1/layers/{layer}/features/{fid}", access.ReadPublic, false, s.getFeature},
		{"POST", "/api/v1/layers/{layer}/features", access.Edit, false, s.postFeature},
		{"PUT", "/api/v1/layers/{layer}/features/{fid}", access.Edit, false, s.putFeature},
		{"PATCH", "/api/v1/layers/{layer}/features/{fid}", access.Edit, false, s.patchFeature},
		{"DELETE", "/api/v1/layers/{layer}/features/{fid}", access.Edit, false, s.deleteFeature},
		{"GET", "/api/v1/layers/{layer}/table", access.ReadPublic, false, s.getTable},
		{"GET", "/api/v1/layers/{layer}/table/statistics", access.ReadPublic, false, s.getTableStatistics},
		{"GET", "/api/v1/layers/{layer}/edits", access.Edit, false, s.getEdits},
		{"GET", "/api/v1/layers/{layer}/rules", access.Import, false, s.getRules},
		{"GET", "/api/v1/layers/{layer}/versions", access.ReadPublic, false, s.getVersions},
		{"GET", "/api/v1/layers/{layer}/versions/{number}", access.Import, false, s.getVersion},
		{"GET", "/api/v1/layers/{layer}/versions/{number}/report.html", access.Import, false, s.getReportPage},
		{"GET", "/api/v1/layers/{layer}/versions/{number}/report.xlsx", access.Import, true, s.getReportWorkbook},
		{"GET", "/api/v1/layers/{layer}/versions/{number}/quarantine", access.Import, false, s.getQuarantine},
		{"PATCH", "/api/v1/layers/{layer}/versions/{number}/quarantine", access.Import, true, s.patchQuarantine},
		{"POST", "/api/v1/layers/{layer}/versions/{number}/quarantine/retry", access.Import, false, s.postRetry},
		{"PATCH", "/api/v1/layers/{layer}/versions/{number}/quarantine/{row}", access.Import, true, s.patchQuarantinedRow},
		{"POST", "/api/v1/layers/{layer}/versions/{number}/publish", access.Publish, false, s.postPublish},
		{"POST", "/api/v1/layers/{layer}/rollback", access.Publish, false, s.postRollback},
		{"GET", "/api/v1/layers/{layer}/versions/{number}/difference", access.Import, false, s.getDifference},
		{"POST", "/api/v1/layers/{layer}/versions/{number}/difference", access.Import, true, s.postDifference},
		{"GET", "/api/v1/layers/{layer}/versions/{number}/difference/features", access.Import, false, s.getDifferenceFeatures},
		{"GET", "/api/v1/layers/{layer}/versions/{number}/difference/{z}/{x}/{y}.mvt", access.Import, false, s.getDifferenceTile},
		{"GET", "/api/v1/quality", access.ReadPublic, false, s.getQuality},
		{"GET", "/api/v1/quality/export", access.ReadPublic, false, s.getQualityExport},
		{"GET", "/api/v1/quality/{layer}", access.ReadPublic, false, s.getLayerQuality},
		{"GET", "/api/v1/imports", access.Import, false, s.getImports},
		{"POST", "/api/v1/imports", access.Import, false, s.postImport},
		{"GET", "/api/v1/imports/{import}", access.Import, false, s.getImport},
		{"DELETE", "/api/v1/imports/{import}", access.Import, false, s.deleteImport},
		{"POST", "/api/v1/imports/{import}/start", access.Import, false, s.postStart},
		{"GET", "/api/v1/imports/{import}/events", access.Import, true, s.getImportEvents},
		{"HEAD", "/api/v1/imports/{import}/content", access.Import, false, s.headContent},
		{"PATCH", "/api/v1/imports/{import}/content", access.Import, true, s.patchContent},
		{"GET", "/api/v1/exports", access.ReadPublic, false, s.getExports}, // the office asks for export, or approve
		{"POST", "/api/v1/exports", access.Export, false, s.postExport},
		{"GET", "/api/v1/exports/{export}", access.ReadPublic, false, s.getExport},
		{"DELETE", "/api/v1/exports/{export}", access.ReadPublic, false, s.deleteExport},
		{"GET", "/api/v1/exports/{export}/events", access.ReadPublic, true, s.getExportEvents},
		{"GET", "/api/v1/exports/{export}/content", access.Export, true, s.getExportContent},
		{"POST", "/api/v1/exports/{export}/approval", access.Approve, false, s.postApproval},
		{"GET", "/api/v1/dictionaries/{dictionary}", access.ReadPublic, false, s.getDictionary},
		{"GET", "/api/v1/grid/cells", access.ReadPublic, false, s.getCells},
		{"GET", "/api/v1/grid/cells/{code}", access.ReadPublic, false, s.getCell},
		{"GET", "/api/v1/grid/cells/{code}/pack", access.ReadPublic, false, s.getPack},
		{"GET", "/api/v1/grid/cells/{code}/summary", access.ReadPublic, false, s.getCellSummary},
		{"GET", "/api/v1/grid/codes/{scheme}/encode", access.ReadPublic, false, s.getEncode},
		{"GET", "/api/v1/grid/codes/{scheme}/decode", access.ReadPublic, false, s.getDecode},
		{"GET", "/api/v1/grid/codes/{scheme}/neighbours", access.ReadPublic, false, s.getCodeNeighbours},
		{"POST", "/api/v1/grid/codes/{scheme}/cover", access.ReadPublic, false, s.postCover},
		{"GET", "/api/v1/coordinates/convert", access.ReadPublic, false, s.getConvert},
		{"POST", "/api/v1/coordinates/convert", access.ReadPublic, false, s.postConvert},
		{"GET", "/api/v1/search", access.ReadPublic, false, s.getSearch},
		{"GET", "/api/v1/route/river-chief", access.ReadPublic, false, s.getRiverChief},
		{"GET", "/api/v1/route/forest-chief", access.ReadPublic, false, s.getForestChief},
		{"GET", "/api/v1/identify", access.ReadPublic, false, s.getIdentify},
		{"GET", "/api/v1/nearest", access.ReadPublic, false, s.getNearest},
		{"GET", "/api/v1/within", access.ReadPublic, false, s.getWithin},
		{"POST", "/api/v1/within", access.ReadPublic, false, s.postWithin},
		{"POST", "/api/v1/overlay", access.ReadPublic, false, s.postOverlay},
		{"POST", "/api/v1/buffer", access.ReadPublic, false, s.postBuffer},
		{"POST", "/api/v1/links", access.ReadPublic, false, s.postLink},
		{"GET", "/api/v1/links/{link}", access.ReadPublic, false, s.getLink},
		{"GET", "/api/v1/summarize", access.ReadPublic, false, s.getSummarize},
		{"POST", "/api/v1/compliance", access.ReadPublic, false, s.postCompliance},
		{"GET", "/api/v1/compliance", access.ReadPublic, false, s.getCompliances},
		{"GET", "/api/v1/compliance/{check}", access.ReadPublic, false, s.getCompliance},
		{"GET", "/api/v1/compliance/{check}/report.html", access.ReadPublic, false, s.getComplianceFile("text/html; charset=utf-8", "", compliancePage)},
		{"GET", "/api/v1/compliance/{check}/report.xlsx", access.ReadPublic, false, s.getComplianceFile("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", ".xlsx", complianceWorkbook)},
		{"GET", "/api/v1/compliance/{check}/pieces.geojson", access.ReadPublic, false, s.getCompliancePieces},
		{"GET", "/api/v1/compliance/{check}/pieces.zip", access.ReadPublic, false, s.getComplianceFile("application/zip", ".zip", complianceShapefiles, "encoding")},
		{"GET", "/api/v1/rule-sets", access.ReadPublic, false, s.getRuleSets},
		{"GET", "/api/v1/rule-sets/{set}", access.ReadPublic, false, s.getRuleSet},
		{"GET", "/api/v1/risk", access.ReadPublic, false, s.getRisk},
		{"POST", "/api/v1/risk/exposure", access.ReadPublic, false, s.postExposure},
		{"POST", "/api/v1/risk/rain", access.ReadPublic, false, s.postRain},
		{"GET", "/api/v1/warnings", access.ReadPublic, false, s.getWarnings},
		{"POST", "/api/v1/warnings", access.Warn, false, s.postWarning},
		{"GET", "/api/v1/warnings/kinds", access.ReadPublic, false, s.getWarningKinds},
		{"GET", "/api/v1/warnings/events", access.ReadPublic, true, s.getWarningEvents},
		{"GET", "/api/v1/warnings/{warning}.cap", access.ReadPublic, false, s.getWarningCAP},
		{"GET", "/api/v1/warnings/{warning}", access.ReadPublic, false, s.getWarning},
		{"PATCH", "/api/v1/warnings/{warning}", access.Warn, false, s.patchWarning},
		{"POST", "/api/v1/warnings/{warning}/cancel", access.Warn, false, s.postCancel},
		{"POST", "/api/v1/sessions", access.ReadStatus, false, s.postSession},
		{"GET", "/api/v1/sessions/current", access.ReadStatus, false, s.getSession},
		{"DELETE", "/api/v1/sessions/current", access.ReadStatus, false, s.deleteSession},
		{"GET", "/api/v1/incidents", access.Report, false, s.getIncidents},
		{"POST", "/api/v1/incidents", access.Report, true, s.postIncident},
		{"GET", "/api/v1/incidents/export", access.Report, true, s.getIncidentExport},
		{"GET", "/api/v1/incidents/counts", access.Report, false, s.getIncidentCounts},
		{"GET", "/api/v1/incidents/heat", access.Report, false, s.getIncidentHeat},
		{"GET", "/api/v1/incidents/events", access.Report, true, s.getIncidentEvents},
		{"GET", "/api/v1/incidents/{incident}", access.Report, false, s.getIncident},
		{"POST", "/api/v1/incidents/{incident}/transitions", access.Report, false, s.postTransition},
		{"POST", "/api/v1/incidents/{incident}/photos", access.Report, true, s.postPhoto},
		{"GET", "/api/v1/incidents/{incident}/photos/{photo}", access.Report, false, s.getPhoto},
		{"GET", "/api/v1/sheets", access.ReadPublic, false, s.getSheets},
		{"POST", "/api/v1/sheets", access.ReadPublic, false, s.postSheet},
		{"POST", "/api/v1/sheets/plan", access.ReadPublic, false, s.postSheetPlan},
		{"POST", "/api/v1/sheets/preview", access.ReadPublic, true, s.postSheetPreview},
		{"POST", "/api/v1/products/{product}/sheets", access.ReadPublic, false, s.postProductSheet},
		{"GET", "/api/v1/sheets/{sheet}", access.ReadPublic, false, s.getSheet},
		{"DELETE", "/api/v1/sheets/{sheet}", access.ReadPublic, false, s.deleteSheet},
		{"GET", "/api/v1/sheets/{sheet}/events", access.ReadPublic, true, s.getSheetEvents},
		{"GET", "/api/v1/sheets/{sheet}/content", access.ReadPublic, true, s.getSheetContent},
		{"GET", "/api/v1/style.json", access.ReadPublic, false, s.getStyle},
		{"GET", "/api/v1/styles", access.ReadPublic, false, s.getStyles},
		{"GET", "/api/v1/styles/{layer}", access.ReadPublic, false, s.getLayerStyle},
		{"PUT", "/api/v1/styles/{layer}", access.Compose, false, s.putLayerStyle},
		{"GET", "/api/v1/styles/{layer}/versions", access.ReadPublic, false, s.getStyleVersions},
		{"GET", "/api/v1/styles/{layer}/versions/{number}", access.ReadPublic, false, s.getStyleVersion},
		{"POST", "/api/v1/styles/{layer}/versions/{number}/restore", access.Compose, false, s.postStyleRestore},
		{"GET", "/tiles/{layers}.json", access.ReadPublic, false, s.getTileJSON},
		{"GET", "/tiles/{layers}/report.json", access.ReadPublic, false, s.getTileReport},
		{"GET", "/tiles/{grid}/{layers}/report.json", access.ReadPublic, false, s.getTileReport},
		{"GET", "/tiles/{layer}.pmtiles", access.ReadPublic, true, s.getArchive},
		{"GET", "/tiles/{grid}/{layers}.json", access.ReadPublic, false, s.getTileJSON},
		{"GET", "/tiles/{grid}/{layer}.pmtiles", access.ReadPublic, true, s.getArchive},
		{"GET", "/tileMatrixSets", access.ReadStatus, false, s.getTileMatrixSets},
		{"GET", "/tileMatrixSets/{grid}", access.ReadStatus, false, s.getTileMatrixSet},
	}, s.terrainRoutes(), s.productRoutes(), s.serviceRoutes())
}

func (s *server) tileRoute() route {
	return route{"GET", "/tiles/{layers}/{z}/{x}/{y}.mvt", access.ReadPublic, true, s.getTile}
}

func (s *server) gridTileRoute() route {
	return route{"GET", "/tiles/{grid}/{layers}/{z}/{x}/{y}.mvt", access.ReadPublic, true, s.getTile}
}

func (s *server) router() (*mux.Router, error) {
	viewer, err := newViewer()
	if err != nil {
		return nil, err
	}
	router := mux.NewRouter()
	for _, one := range s.routes() {
		// A HEAD is a GET without its body; net/http leaves the body out.
		methods := []string{one.method}
		if one.method == http.MethodGet {
			methods = append(methods, http.MethodHead)
		}
		router.Handle(one.path, s.serve(one)).Methods(methods...).Name(one.method + " " + one.path)
	}
	router.NotFoundHandler = s.serve(route{path: "(none)", right: access.ReadStatus, handle: viewer.get})
	router.MethodNotAllowedHandler = s.serve(route{path: "(none)", right: access.ReadStatus, handle: func(http.ResponseWriter, *http.Request) error {
		return errBadMethod
	}})
	return router, nil
}
