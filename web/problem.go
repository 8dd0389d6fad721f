package web

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"

	exports "onemap/products/packages/jobs"
	sheetjobs "onemap/products/sheets/jobs"

	"onemap/access"
	"onemap/importers"
	"onemap/importers/jobs"
	"onemap/incidents"
	"onemap/incidents/photos"
	"onemap/layers"
	"onemap/layers/follow"
	"onemap/postgis"
	"onemap/products"
	"onemap/products/gateway"
	"onemap/products/links"
	"onemap/products/packages"
	"onemap/products/pictures"
	"onemap/products/sheets"
	"onemap/spatial"
	"onemap/spatial/cells"
	"onemap/spatial/compliance"
	"onemap/spatial/overlay"
	"onemap/spatial/risk"
	"onemap/spatial/search"
	"onemap/spatial/warnings"
	"onemap/spatial/warnings/capxml"
	"onemap/styles"
	"onemap/styles/render"
	"onemap/styles/versions"
	"onemap/tiles"
	"onemap/tiles/grid"
	"onemap/tiles/terrain"
)

var (
	errNoRoute    = errors.New("web: no such address")
	errBadMethod  = errors.New("web: method not allowed")
	errBadRequest = errors.New("web: bad request")
	errTooLarge   = errors.New("web: the body is too large")
)

// paramError is a parameter that cannot be used: which, what it was, and what it should be.
type paramError struct {
	Name, Value string
	ZH, EN      string // what it should be
}

func (e *paramError) Error() string {
	return fmt.Sprintf("parameter %s is %.100q: %s", e.Name, e.Value, e.EN)
}

func (e *paramError) Unwrap() error { return errBadRequest }

// problems is the one table that gives an error its status, its code and its
// words. An error that is not in it is ours: logged in full, told as a bare 500.
var problems = []struct {
	err    error
	status int
	code   string
	zh     string
}{
	{errNoRoute, http.StatusNotFound, "no-such-address", "没有这个地址"},
	{errBadMethod, http.StatusMethodNotAllowed, "method-not-allowed", "该地址不支持此方法"},
	{errBadRequest, http.StatusBadRequest, "bad-request", "请求参数有误"},
	{tiles.ErrOutsideGrid, http.StatusBadRequest, "tile-outside-grid", "瓦片编号超出网格：级别与行列号须为该网格内的整数，见 /tileMatrixSets"},
	{grid.ErrUnknown, http.StatusNotFound, "unknown-grid", "没有这个瓦片网格；/tileMatrixSets 列出全部"},
	{tiles.ErrNoArchive, http.StatusNotFound, "no-archive", "该图层的切片包尚未建成，其瓦片为实时绘制；建成后再取"},
	{tiles.ErrBadLayerList, http.StatusBadRequest, "bad-layer-list", "图层列表有误：以逗号分隔，每个图层一次，最多 16 个"},
	{tiles.ErrBusy, http.StatusServiceUnavailable, "tiles-busy", "等待生成的瓦片过多，请数秒后重试"},
	{spatial.ErrOutsideWorld, http.StatusBadRequest, "outside-world", "坐标超出范围：经度 -180 至 180，纬度 -90 至 90"},
	{risk.ErrArea, http.StatusUnprocessableEntity, "bad-area", "区域有误"},
	{risk.ErrRain, http.StatusUnprocessableEntity, "bad-rain", "雨量数据有误"},
	{risk.ErrTier, http.StatusBadRequest, "bad-tier", "by 应为 micro、small 或 village"},
	{terrain.ErrUnknown, http.StatusNotFound, "unknown-terrain", "没有这个高程模型；/api/v1/terrain 列出全部"},
	{terrain.ErrOutside, http.StatusNotFound, "no-such-tile", "没有这张高程瓦片；级别见该模型的 TileJSON"},
	{links.ErrUnknown, http.StatusNotFound, "unknown-link", "没有这个短链接，或久未使用已清除"},
	{warnings.ErrUnknown, http.StatusNotFound, "unknown-warning", "没有这个预警"},
	{warnings.ErrCancelled, http.StatusConflict, "warning-cancelled", "该预警已取消，不能再改；请另行发布"},
	{warnings.ErrChanged, http.StatusConflict, "warning-changed", "该预警已被更新；请重新读取后再改"},
	{warnings.ErrReference, http.StatusUnprocessableEntity, "unknown-reference", "所引用的消息未知，或属于不同的预警"},
	{warnings.ErrContent, http.StatusUnprocessableEntity, "bad-warning", "预警内容有误"},
	{warnings.ErrNotLoaded, http.StatusServiceUnavailable, "index-loading", "预警尚未载入，请数秒后重试"},
	{capxml.ErrMessage, http.StatusUnprocessableEntity, "bad-cap", "CAP 消息有误"},
	{risk.ErrRadius, http.StatusBadRequest, "bad-radius", "半径超出范围：0 至 10000 米"},
	{spatial.ErrNoRiver, http.StatusNotFound, "no-river-near", "该位置 5 公里内没有设河长的河段"},
	{spatial.ErrNoForestArea, http.StatusNotFound, "no-forest-chief", "该位置不在任何林长责任区内"},
	{spatial.ErrTolerance, http.StatusBadRequest, "bad-tolerance", "容差超出范围：0 至 5000 米"},
	{errTooLarge, http.StatusRequestEntityTooLarge, "too-large", "请求体过大：请化简或分批发送"},
	{errPrecondition, http.StatusPreconditionFailed, "incident-changed", "该事件已被他人变更；请重新读取后再操作"},
	{errIncidentPlace, http.StatusUnprocessableEntity, "outside-grid", "事件位置不在网格范围内"},
	{incidents.ErrUnknown, http.StatusNotFound, "unknown-incident", "没有这个事件，或无权查看"},
	{incidents.ErrUnknownPhoto, http.StatusNotFound, "unknown-photo", "没有这张照片"},
	{incidents.ErrClientID, http.StatusConflict, "client-id-reused", "该 client_id 已用于内容不同的另一次上报；请为每次上报生成新的 client_id"},
	{incidents.ErrChanged, http.StatusConflict, "incident-changed", "该事件已被他人变更；请重新读取后再操作"},
	{incidents.ErrTransition, http.StatusConflict, "no-such-transition", "当前状态不能这样流转"},
	{incidents.ErrTooMany, http.StatusConflict, "too-many-photos", "每个事件最多 9 张照片"},
	{incidents.ErrContent, http.StatusUnprocessableEntity, "bad-incident", "事件内容有误"},
	{errProductChanged, http.StatusPreconditionFailed, "product-changed", "该产品已被他人变更；请重新读取后再操作"},
	{products.ErrUnknown, http.StatusNotFound, "unknown-product", "没有这个产品，或尚未发布"},
	{products.ErrUnknownVersion, http.StatusNotFound, "unknown-product-version", "该产品没有这个版本"},
	{products.ErrExists, http.StatusConflict, "product-exists", "已有相同编号的产品；请换一个编号，或修改已有的产品"},
	{products.ErrRetired, http.StatusGone, "product-retired", "该产品已下线"},
	{products.ErrChanged, http.StatusConflict, "product-changed", "该产品已被他人变更；请重新读取后再操作"},
	{products.ErrTransition, http.StatusConflict, "no-such-transition", "当前状态不能这样流转"},
	{products.ErrKept, http.StatusConflict, "product-kept", "只有从未发布的草稿可以删除；已发布的产品请下线"},
	{products.ErrContent, http.StatusUnprocessableEntity, "bad-product", "产品内容有误"},
	{photos.ErrKind, http.StatusUnsupportedMediaType, "unsupported-picture", "不是 JPEG、PNG 或 WebP 图片（按内容判断，与文件名无关）"},
	{photos.ErrLarge, http.StatusRequestEntityTooLarge, "too-large", "图片文件超过 10 MiB；请压缩后再传"},
	{photos.ErrPixels, http.StatusUnprocessableEntity, "too-many-pixels", "图片像素过多：最多 5000 万像素，每边不超过 20000；请缩小后再传"},
	{photos.ErrBroken, http.StatusUnprocessableEntity, "broken-picture", "图片无法解码，文件可能已损坏或未传完；请重新上传"},
	{access.ErrUnknownCode, http.StatusForbidden, "unknown-code", "登录链接无效、已使用或已过期；请向管理员索取新的链接"},
	{cells.ErrOutside, http.StatusNotFound, "outside-grid", "该位置不在网格范围内"},
	{cells.ErrAccuracy, http.StatusBadRequest, "bad-accuracy", "精度超出范围：0 至 5000 米"},
	{cells.ErrNoCells, http.StatusNotFound, "no-grid", "网格与行政区图层均未发布"},
	{errPackTooLarge, http.StatusUnprocessableEntity, "cell-too-large", "网格太大，不能做成离线包；请用镇（街道）或更小的网格"},
	{risk.ErrTooMuch, http.StatusUnprocessableEntity, "too-many-dangers", "范围内的风险点太多；请用更小的网格"},
	{cells.ErrUnknownCell, http.StatusNotFound, "unknown-cell", "没有这个编码的网格"},
	{search.ErrQuery, http.StatusBadRequest, "bad-query", "搜索词为空、过长或不是 UTF-8"},
	{follow.ErrNotLoaded, http.StatusServiceUnavailable, "index-loading", "索引正在载入，请数秒后重试"},
	{spatial.ErrUnknownDivision, http.StatusNotFound, "unknown-division", "没有这个行政区：代码为 6 位（市、县）、9 位（镇）或 12 位（村）"},
	{spatial.ErrLevel, http.StatusBadRequest, "unknown-level", "行政级别应为 city、county、town 或 village"},
	{spatial.ErrCount, http.StatusBadRequest, "bad-count", "要素个数超出范围"},
	{spatial.ErrNotPolygons, http.StatusBadRequest, "not-polygons", "两个图层叠加须均为面图层"},
	{errBodyTooLarge, http.StatusRequestEntityTooLarge, "body-too-large", "正文超过 16 MiB；请抽稀图形、分块提交，或压缩为 ZIP"},
	{overlay.ErrShape, http.StatusUnprocessableEntity, "shape-not-usable", "图形不可用"},
	{overlay.ErrTooMany, http.StatusUnprocessableEntity, "too-many-features", "结果要素过多；请缩小范围"},
	{overlay.ErrUnknownField, http.StatusBadRequest, "unknown-field", "图层没有这个字段；/api/v1/layers/{layer} 列出全部字段"},
	{compliance.ErrUnknownRuleSet, http.StatusNotFound, "unknown-rule-set", "没有这个规则集；/api/v1/rule-sets 列出全部"},
	{compliance.ErrUnknownCheck, http.StatusNotFound, "unknown-check", "没有这次审查，或不是本人所做"},
	{compliance.ErrRequest, http.StatusBadRequest, "bad-request", "请求有误"},
	{compliance.ErrEncoding, http.StatusBadRequest, "bad-encoding", "Shapefile 的编码应为 UTF-8 或 GBK"},
	{sheets.ErrTooLarge, http.StatusUnprocessableEntity, "sheet-too-large", "图幅过大"},
	{sheets.ErrInvalid, http.StatusBadRequest, "bad-sheet", "图幅请求有误"},
	{sheetjobs.ErrUnknownOrder, http.StatusNotFound, "unknown-sheet", "没有这份图幅，或不是本人提交、已过期"},
	{sheetjobs.ErrTooMany, http.StatusTooManyRequests, "too-many-sheets", "等待绘制的图幅已达上限；请待先前的完成或取消后再提交"},
	{sheetjobs.ErrNotDone, http.StatusConflict, "sheet-not-done", "图幅没有文件：尚未完成、失败、已取消或已清除"},
	{render.ErrMissingFont, http.StatusServiceUnavailable, "missing-font", "服务器缺少字体；请管理员安装所列软件包"},
	{render.ErrTooMuch, http.StatusUnprocessableEntity, "too-many-features", "图层要素过多，不能在一幅图中绘制；请减小范围或放大比例尺"},
	{render.ErrInvalidFrame, http.StatusBadRequest, "bad-frame", "图幅的范围、尺寸或坐标系不可用"},
	{render.ErrInvalidStyle, http.StatusUnprocessableEntity, "bad-style", "样式文档不可用"},
	{products.ErrUnknown, http.StatusNotFound, "unknown-product", "没有这个图产品"},
	{products.ErrUnknownVersion, http.StatusNotFound, "unknown-version", "图产品没有这个版本"},
	{products.ErrRetired, http.StatusGone, "product-retired", "该图产品已停用"},
	{layers.ErrUnknownLayer, http.StatusNotFound, "unknown-layer", "没有这个图层"},
	{layers.ErrNotPublished, http.StatusNotFound, "layer-not-published", "该图层尚未发布"},
	{layers.ErrUnknownVersion, http.StatusNotFound, "unknown-version", "没有这个版本"},
	{layers.ErrUnknownFeature, http.StatusNotFound, "unknown-feature", "没有这个要素"},
	{layers.ErrUnknownRow, http.StatusNotFound, "unknown-row", "隔离区没有这一行"},
	{layers.ErrRowAccepted, http.StatusConflict, "row-accepted", "该行已被新版本接收，不能再改"},
	{importers.ErrNoReport, http.StatusNotFound, "no-report", "该版本没有质检报告"},
	{layers.ErrNothingToRollBackTo, http.StatusConflict, "nothing-to-roll-back-to", "没有可回滚的更早版本"},
	{layers.ErrNotChecked, http.StatusConflict, "version-has-errors", "该版本存在未通过的错误级检查，不能发布；请修正后重新导入，或确认后以 accept_errors=true 发布"},
	{layers.ErrNoDifference, http.StatusNotFound, "no-difference", "该版本没有比对结果：它是图层的第一个版本，或尚未比对"},
	{jobs.ErrUnknownImport, http.StatusNotFound, "unknown-import", "没有这个导入任务"},
	{jobs.ErrInvalid, http.StatusBadRequest, "bad-import", "导入请求有误：layer 与交付清单不能同时给出；没有 layer 时 options 只能有 publish、accept_errors、dry_run，其余写入清单各项；size 须为文件字节数，幂等键不超过 200 字节"},
	{jobs.ErrTooLarge, http.StatusRequestEntityTooLarge, "too-large", "文件超过上限或超过声明的大小"},
	{jobs.ErrDiskFull, http.StatusInsufficientStorage, "disk-full", "服务器磁盘空间不足，放不下该文件"},
	{jobs.ErrKeyReused, http.StatusConflict, "idempotency-key-reused", "该幂等键已用于另一个内容不同的导入"},
	{jobs.ErrOffset, http.StatusConflict, "upload-offset-mismatch", "续传位置与已到达的字节数不符；请以 HEAD 查询 Upload-Offset 后继续"},
	{jobs.ErrBusy, http.StatusLocked, "upload-busy", "该导入正有另一个上传在进行"},
	{jobs.ErrNotUploading, http.StatusConflict, "upload-complete", "该导入已不再接收数据"},
	{jobs.ErrIncomplete, http.StatusConflict, "upload-incomplete", "文件尚未全部到达"},
	{jobs.ErrEnded, http.StatusConflict, "import-ended", "该导入已结束，不能取消"},
	{packages.ErrRequest, http.StatusBadRequest, "bad-export", "导出请求有误"},
	{packages.ErrArea, http.StatusNotFound, "unknown-area", "没有这个行政区或网格；代码为 6 位（市、县）、9 位（镇）、12 位（村）或网格编码"},
	{packages.ErrTooMany, http.StatusUnprocessableEntity, "too-many-features", "要素数超过上限；请以 area 缩小范围或减少图层"},
	{packages.ErrTooBig, http.StatusUnprocessableEntity, "package-too-large", "文件超过上限；请以 area 缩小范围或减少图层"},
	{packages.ErrEmpty, http.StatusUnprocessableEntity, "nothing-to-export", "范围或条件内没有数据"},
	{exports.ErrUnknown, http.StatusNotFound, "unknown-export", "没有这个导出，或不是本人所申请"},
	{exports.ErrQuota, http.StatusTooManyRequests, "export-quota", "今日导出额度已用完；请明日再试，或由管理员调整额度"},
	{exports.ErrPurpose, http.StatusUnprocessableEntity, "purpose-needed", "所含数据须审批后导出，请以 purpose 写明用途"},
	{exports.ErrOwn, http.StatusForbidden, "own-export", "不得审批本人的申请，请由他人审批"},
	{exports.ErrNotWaiting, http.StatusConflict, "export-not-waiting", "该申请不在待审批状态"},
	{exports.ErrReason, http.StatusUnprocessableEntity, "reason-needed", "审批须以 reason 写明理由，1 至 500 字"},
	{exports.ErrNotDone, http.StatusConflict, "export-not-done", "导出尚未完成，或未成功"},
	{exports.ErrGone, http.StatusGone, "export-gone", "文件已过期或已删除；请重新导出"},
	{products.ErrUnknown, http.StatusNotFound, "unknown-product", "没有这个产品"},
	{products.ErrUnknownVersion, http.StatusNotFound, "unknown-product-version", "产品没有这个版本"},
	{products.ErrRetired, http.StatusGone, "product-retired", "该产品已下线"},
	{styles.ErrUnknownPalette, http.StatusBadRequest, "unknown-palette", "没有这个配色；应为 screen、print、safe"},
	{styles.ErrUnknownTheme, http.StatusBadRequest, "unknown-theme", "没有这个专题；/api/v1/styles 列出全部"},
	{styles.ErrLayerList, http.StatusBadRequest, "bad-layer-list", "图层列表有误：以逗号分隔，每个图层一次，最多 64 个"},
	{styles.ErrRules, http.StatusUnprocessableEntity, "style-breaks-rules", "样式不符合规则"},
	{styles.ErrControl, http.StatusUnprocessableEntity, "bad-control", "控件的值有误"},
	{styles.ErrInvalidFragment, http.StatusUnprocessableEntity, "bad-style", "样式无法读取"},
	{versions.ErrUnknown, http.StatusNotFound, "unknown-version", "样式没有这个版本"},
	{versions.ErrChanged, http.StatusConflict, "style-changed", "样式已被他人修改；请重新读取后再改"},
	{versions.ErrNote, http.StatusUnprocessableEntity, "bad-note", "说明过长：最多 500 字"},
	{pictures.ErrBusy, http.StatusServiceUnavailable, "pictures-busy", "等待绘制的图片过多，请数秒后重试"},
	{render.ErrInvalidFrame, http.StatusBadRequest, "bad-frame", "图幅范围或尺寸有误"},
	{gateway.ErrSignature, http.StatusUnauthorized, "bad-signature", "网关签名未被接受：请核对 x-tif-paasid、令牌与时钟（误差不超过 5 分钟），每个 x-tif-nonce 只用一次，且不与 Authorization 同用"},
	{access.ErrUnauthenticated, http.StatusUnauthorized, "unauthenticated", "需要访问令牌：请在请求头中提供 Authorization: Bearer <令牌>"},
	{access.ErrUnknownToken, http.StatusUnauthorized, "unknown-token", "访问令牌无效或已吊销"},
	{access.ErrForbidden, http.StatusForbidden, "forbidden", "没有执行此操作的权限"},
	{layers.ErrFeatureChanged, http.StatusPreconditionFailed, "feature-changed", "要素已被他人修改，与 If-Match 不符；请重新读取后再改"},
	{layers.ErrKeyTaken, http.StatusConflict, "key-taken", "另一要素已有相同的业务主键"},
	{importers.ErrFeature, http.StatusBadRequest, "feature-not-readable", "请求体不是 GeoJSON 要素"},
	{importers.ErrTooLarge, http.StatusRequestEntityTooLarge, "feature-too-large", "要素过大"},
	{importers.ErrDiskFull, http.StatusInsufficientStorage, "disk-full", "磁盘已满"},
	{importers.ErrDatabaseLost, http.StatusServiceUnavailable, "database-lost", "与数据库的连接中断，请稍后重试"},
	{postgis.ErrUnreachable, http.StatusServiceUnavailable, "database-unreachable", "数据库暂时无法连接，请稍后重试"},
	{context.DeadlineExceeded, http.StatusGatewayTimeout, "took-too-long", "处理超时，请缩小范围后重试"},
}

// blamed names the part of a request that an error is about, where the error
// itself doesn't.
var blamed = []struct {
	err   error
	field string
}{
	{errTooLarge, "(body)"},
	{errBodyTooLarge, "(body)"},
	{importers.ErrFeature, "(body)"},
	{importers.ErrTooLarge, "(body)"},
	{spatial.ErrOutsideWorld, "lat"},
	{styles.ErrUnknownPalette, "palette"},
	{styles.ErrUnknownTheme, "theme"},
	{versions.ErrUnknown, "number"},
	{layers.ErrUnknownRow, "row"},
	{tiles.ErrOutsideGrid, "z/x/y"},
	{cells.ErrUnknownCell, "code"},
	{cells.ErrAccuracy, "accuracy"},
	{risk.ErrRadius, "radius"},
	{risk.ErrTier, "by"},
	{spatial.ErrTolerance, "tolerance"},
	{spatial.ErrUnknownDivision, "division"},
	{spatial.ErrLevel, "level"},
	{spatial.ErrCount, "count"},
	{search.ErrQuery, "q"},
	{layers.ErrUnknownLayer, "layer"},
	{compliance.ErrUnknownRuleSet, "rule_set"},
	{compliance.ErrUnknownCheck, "check"},
	{compliance.ErrEncoding, "encoding"},
	{warnings.ErrUnknown, "warning"},
	{incidents.ErrUnknown, "incident"},
	{incidents.ErrUnknownPhoto, "photo"},
	{incidents.ErrClientID, "client_id"},
	{products.ErrUnknown, "product"},
	{products.ErrUnknownVersion, "version"},
	{products.ErrExists, "id"},
	{overlay.ErrUnknownField, "by"},
}

// problem is the body of an error, RFC 9457. Detail is Chinese, DetailEN English.
type problem struct {
	Type     string `json:"type"`
	Title    string `json:"title"`
	Status   int    `json:"status"`
	Detail   string `json:"detail"`
	DetailEN string `json:"detail_en"`
	Code     string `json:"code"`
	Field    string `json:"field,omitempty"`
	Hint     string `json:"hint,omitempty"` // what the sender may have meant, Chinese, then English

	Nearest   *cells.Named `json:"nearest,omitempty"`    // of a position outside the grid
	DistanceM *float64     `json:"distance_m,omitempty"` // to it, metres

	Place    *faultPlace    `json:"place,omitempty"`    // of the fault in a shape
	Faults   []styles.Fault `json:"faults,omitempty"`   // of a style, all that is wrong
	Possible any            `json:"possible,omitempty"` // transitions instead of the step that was asked for

	RequestID string `json:"request_id"`
}

// faultPlace is a position, EPSG:4490 degrees.
type faultPlace struct {
	Lon float64 `json:"lon"`
	Lat float64 `json:"lat"`
}

// problemOf translates an error.
func problemOf(err error) problem {
	p := problem{
		Type: "about:blank", Status: http.StatusInternalServerError, Code: "internal",
		Detail: "服务内部错误，已记录；请把请求编号告诉管理员", DetailEN: "internal error, recorded; tell the operator the request id",
	}
	for _, known := range problems {
		if errors.Is(err, known.err) {
			p.Status, p.Code, p.Detail, p.DetailEN = known.status, known.code, known.zh, err.Error()
			if known.err == context.DeadlineExceeded { // what the database said of it is for the log
				p.DetailEN = "it took too long; ask for less, or for a smaller area"
			}
			break
		}
	}
	for _, one := range blamed {
		if errors.Is(err, one.err) {
			p.Field = one.field
			break
		}
	}
	var refused *importers.Problem
	if errors.As(err, &refused) {
		if p.Code == "internal" {
			p.Status = http.StatusUnprocessableEntity
		}
		p.Code, p.Detail, p.DetailEN = refused.Code, refused.ZH, refused.EN
	}
	var row *importers.RowError
	if errors.As(err, &row) && row.Row == 0 { // of a feature that is edited
		p.Status, p.Code, p.Field = http.StatusUnprocessableEntity, "feature-refused", cmp.Or(row.Field, "geometry")
		p.Detail, p.DetailEN = fmt.Sprintf("%s 的值 %q 有误：%s", p.Field, row.Value, row.Reason), fmt.Sprintf("%s is %q: %s", p.Field, row.Value, row.EN)
		if row.Value == "" {
			p.Detail, p.DetailEN = fmt.Sprintf("%s 有误：%s", p.Field, row.Reason), fmt.Sprintf("%s: %s", p.Field, row.EN)
		}
	}
	var taken *layers.KeyTakenError
	if errors.As(err, &taken) {
		p.Field, p.DetailEN = strings.Join(taken.Fields, ","), taken.Error()
		p.Detail = fmt.Sprintf("业务主键 %s 与要素 %d 相同；请改用其他值，或修改那个要素", p.Field, taken.FID)
	}
	var large *largeBody
	if errors.As(err, &large) {
		p.Detail, p.DetailEN = "请求体超过 "+byteSize(large.most)+"：请化简或分批发送", large.Error()
	}
	p.tellShape(err)
	var field *fieldError
	if errors.As(err, &field) {
		p.Field = field.Name
	}
	var wanted *packages.RequestError
	if errors.As(err, &wanted) {
		p.Field, p.Detail = wanted.Member, fmt.Sprintf("成员 %s 的值 %.100q 有误：%s", wanted.Member, wanted.Value, wanted.ZH)
	}
	var area *risk.AreaError
	if errors.As(err, &area) {
		p.Field, p.Detail = area.Member, "成员 "+area.Member+"："+area.ZH
	}
	var rain *risk.RainError
	if errors.As(err, &rain) {
		p.Field, p.Detail = rain.Member, "成员 "+rain.Member+"："+rain.ZH
	}
	var content *warnings.ContentError
	if errors.As(err, &content) {
		p.Field, p.Detail = content.Member, "成员 "+content.Member+"："+content.ZH
	}
	var message *capxml.MessageError
	if errors.As(err, &message) {
		p.Field, p.Detail = message.Element, "CAP 元素 "+message.Element+"："+message.ZH
	}
	var report *incidents.ContentError
	if errors.As(err, &report) {
		p.Field, p.Detail = report.Member, fmt.Sprintf("成员 %s 的值 %.100q 有误：%s", report.Member, report.Value, report.ZH)
	}
	p.tellSteps(err)
	p.tellProduct(err)
	var param *paramError
	if errors.As(err, &param) {
		p.Field = param.Name
		p.Detail = fmt.Sprintf("参数 %s 的值 %.100q 有误：%s", param.Name, param.Value, param.ZH)
		p.DetailEN = param.Error()
	}
	p.tellStyle(err)
	var sheet *sheets.Problem
	if errors.As(err, &sheet) {
		p.Field, p.Detail, p.DetailEN = sheet.Field, "成员 "+sheet.Field+"："+sheet.ZH, sheet.Field+" "+sheet.EN
	}
	var outside *cells.OutsideError
	if errors.As(err, &outside) {
		p.Nearest, p.DistanceM = &outside.Nearest, &outside.DistanceMetres
		p.Detail = fmt.Sprintf("%s：最近的是 %s（%s），距离 %.1f 米", p.Detail, outside.Nearest.Name, outside.Nearest.Code, outside.DistanceMetres)
	}
	var guess *hinted
	if errors.As(err, &guess) {
		p.Hint = guess.zh + " / " + guess.en
		p.Detail += "；" + guess.zh
		if p.Field != "" {
			p.DetailEN += "; " + guess.en // where there is no field it is in the error
		}
	}
	p.Title = http.StatusText(p.Status)
	return p
}

// logFailure records an error that is ours.
func logFailure(w http.ResponseWriter, r *http.Request, err error) {
	slog.ErrorContext(r.Context(), "request failed", "request_id", requestID(w), "path", r.URL.Path, "error", err)
}

// writeProblem answers with the error, and logs it where it is ours.
func writeProblem(w http.ResponseWriter, r *http.Request, err error) {
	if r.Context().Err() == context.Canceled {
		return // the client has gone: nobody reads the answer
	}
	p := problemOf(err)
	p.RequestID = requestID(w)
	if p.Status >= 500 && !errors.Is(err, tiles.ErrBusy) && !errors.Is(err, pictures.ErrBusy) { // that many are refused is in the metrics
		logFailure(w, r, err)
	}
	if p.Status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", `Bearer realm="onemap"`)
	}
	if p.Status == http.StatusServiceUnavailable {
		w.Header().Set("Retry-After", "5")
	}
	for _, name := range []string{"ETag", "Cache-Control", "Content-Encoding", "Last-Modified"} {
		w.Header().Del(name)
	}
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(p.Status)
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(p); err != nil {
		slog.DebugContext(r.Context(), "writing a problem", "error", err)
	}
}
