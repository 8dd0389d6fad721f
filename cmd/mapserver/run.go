package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"

	"onemap/access"
	"onemap/layers"
	"onemap/postgis"
	"onemap/products"
)

// errUsage reports a command line that cannot be understood.
var errUsage = errors.New("usage")

func isUsage(err error) bool { return errors.Is(err, errUsage) }

// command is one thing the program does.
type command struct {
	name    string
	usage   string // what stands behind the name
	summary string // Chinese / English
	run     func(ctx context.Context, c *console, args []string) error
}

// commands lists them in the order of the help text.
func commands() []command {
	return []command{
		{"serve", "[--listen ADDR] [--demo]", "启动服务 / run the service", serve},
		{"import", "FILE --layer ID [--publish] [--dry-run]", "导入文件为新版本 / import a file as a new version", importFile},
		{"imports", "list|show|watch|start|cancel|submit|resume …", "管理后台导入任务 / imports that the server runs in the background", importJobs},
		{"publish", "LAYER VERSION", "发布某一版本 / publish a version", publish},
		{"rollback", "LAYER", "回滚到上一版本 / go back to the version before", rollback},
		{"quarantine", "list|export|correct|retry LAYER VERSION …", "查看、更正、重试被拒收的行 / see, correct and retry refused rows", quarantine},
		{"difference", "LAYER VERSION [--again] [--features]", "与已发布版本的差异 / how a version differs from the published one", difference},
		{"report", "LAYER VERSION [--format json|html|xlsx]", "版本的质检报告 / the quality report of a version", showReport},
		{"quality", "list|show LAYER|export", "各图层的质量得分、趋势与更新时效 / how good and how fresh the layers are", qualityCommand},
		{"features", "LAYER [FID] [--bbox …] [--datetime …]", "以 GeoJSON 读取要素 / read features as GeoJSON", readFeatures},
		{"edit", "create|replace|update|delete LAYER [FID] [--file FILE]", "修改已发布图层的一个要素 / change one feature of what is published", editFeature},
		{"edits", "LAYER [--fid N] [--json]", "要素编辑记录 / who edited what, when and why", listEdits},
		{"identify", "LON LAT [--layers …]", "某处有什么 / what is at a place", identifyPlace},
		{"search", "TEXT [--kinds …] [--near LON,LAT] [--bbox …]", "按名称、拼音、首字母、编码搜索 / search by name, pinyin, initials, code", searchNames},
		{"route", "river-chief|forest-chief LON LAT [--crs …] [--datetime T]", "某处由哪些河长或林长负责 / which river or forest chiefs answer for a place", routePlace},
		{"locate", "LON LAT [--crs …] [--accuracy M] | --file FILE", "某处在哪个网格、谁值守 / which grid cell a place is in, and who is on duty", locatePlaces},
		{"cells", "CODE [--summary] | --bbox W,S,E,N", "查看网格 / see grid cells", showCells},
		{"convert", "POSITION… --from CRS --to CRS [--form …]", "坐标转换 / convert coordinates", convertPositions},
		{"codes", "encode|decode|neighbours|cover SCHEME …", "北斗网格码、S2、Geohash / BeiDou grid codes, S2, geohash", gridCodes},
		{"nearest", "LAYER LON LAT [--count N] [--crs …]", "最近的要素、距离与方位 / the nearest features, with distance and bearing", nearestFeatures},
		{"within", "LON LAT --radius M | --shape FILE | --division CODE", "半径、图形或行政区内的要素 / features within a radius, a shape or a division", withinShape},
		{"overlay", "LAYER [LAYER] --shape FILE|--division CODE [--by FIELD]", "叠加统计 / cut a layer with a shape, or two with one another", overlayLayers},
		{"table", "LAYER [--where JSON] [--sort FIELD] [--statistics FIELD]", "属性表：筛选、排序、统计 / the attribute table, filtered, sorted, with statistics", readTable},
		{"buffer", "FILE --metres M", "图形周围的缓冲区 / what lies within a distance of a shape", bufferShape},
		{"links", "save STATE | open ID", "页面状态的短链接 / short links of the viewer", linkStates},
		{"summarize", "LAYER [--by FIELD] [--level …]", "按行政区与字段统计 / counts and areas by division and class", summarizeLayer},
		{"compliance", "check FILE|list|show ID|rules …", "红线合规审查 / check a red line against rules", complianceCommand},
		{"risk", "LON LAT [--radius M] [--crs …]", "某处附近的风险与避险点 / dangers near a place, and shelters", askRisk},
		{"exposure", "FILE.geojson | --layer ID --key KEY", "区域内受威胁的房屋、人口与重点场所 / houses, people and key sites at risk in an area", expose},
		{"warnings", "list|show|publish|update|cancel|cap|watch …", "发布、更新、取消、查询预警 / publish, update, cancel and see warnings", warningsCommand},
		{"rain", "FILE.json [--draft]", "实测雨量超过哪些风险区的阈值 / zones whose threshold the measured rain passes", askRain},
		{"incidents", "list|show|report|move|photo|picture|export|heat|watch …", "上报、流转、查询、导出事件 / report, move, see and export incidents", incidentsCommand},
		{"products", "list|show|create|check|update|delete|transition|versions|style|indicator|statistics|load …", "编制、质检、审核、发布地图产品 / compose, check, approve and publish map products", productsCommand},
		{"dictionary", "[ID]", "列出字典或输出一个 / list the dictionaries, or write one", showDictionary},
		{"tile", "LAYER,… [Z X Y] [--grid ID] [--out FILE]", "输出矢量瓦片或 TileJSON / write a vector tile, or TileJSON", writeTile},
		{"tiles", "list|build|inspect|verify|export …", "预先构建、查看、检查、导出切片包 / build, see, check and export tile archives", tileArchives},
		{"dem", "load FILE|list|inspect|remove|at|profile|tile …", "导入与查询高程模型 / load elevation models, and ask them", demCommand},
		{"grids", "[ID]", "列出瓦片网格或输出一个的定义 / list the grids of tiles, or write the definition of one", showGrids},
		{"style", "[--palette P] [--theme T] [--layers …] [--out FILE]", "输出地图样式 / write the style of the map", writeStyle},
		{"styles", "list|show|set|versions|restore [LAYER] …", "查看与修改图层样式 / see and change how layers look", stylesCommand},
		{"render", "--bbox … --size … --out x.png|.svg|.pdf", "把地图画成图片或 PDF / draw the map as a picture or a PDF", renderMap},
		{"service", "PRODUCT PATH [--query …] [--out FILE]", "输出产品服务的应答 / write what a service of a product answers", productService},
		{"sheet", "--layers … [--division CODE] --out x.pdf|.png|.svg", "制作一幅带图例、图廓的图 / make a sheet for paper", drawSheet},
		{"atlas", "--layers … --by town|grid --out x.pdf|.zip", "制作一套图幅与索引 / make a series of sheets with an index", drawAtlas},
		{"sheets", "list|order|plan|show|watch|fetch|cancel …", "由服务在后台制作的图幅 / sheets that the server draws in the background", sheetOrders},
		{"export", "run|submit|list|show|watch|approve|refuse|fetch|remove …", "导出数据包及数据说明、审批 / packages of data with their passport, and approvals", exportCommand},
		{"redline", "LAYER FID… --out FILE [--gbk]", "把要素写成红线坐标 TXT / write features as a red-line text", exportRedline},
		{"layers", "[LAYER] [--json]", "列出图层或某图层的版本 / list layers, or the versions of one", listLayers},
		{"demo", "generate|load …", "生成或导入演示城市 / make or load the demonstration city", demonstration},
		{"migrate", "[--to N]", "升级或回退数据库结构 / bring the schema up or down", migrate},
		{"token", "create|list|revoke …", "管理访问令牌 / manage access tokens", token},
		{"gateway", "add|list|revoke|sign …", "管理经网关签名调用的系统 / manage systems that sign their calls through a gateway", gatewayCommand},
		{"user", "add|link|list|revoke …", "管理人员与一次性登录链接 / manage people and their one-time links", userCommand},
		{"doctor", "", "检查安装与数据 / check the installation and its data", doctor},
		{"postgis", "run [--] COMMAND …", "在私有 PostGIS 中运行命令 / run a command beside a private PostGIS", postgisCommand},
		{"help", "", "显示本说明 / show this", help},
	}
}

// console is where a command talks to the person who started it.
type console struct {
	out io.Writer // results
	err *os.File  // progress and messages
}

// run is the program: it finds the command and runs it.
func run(ctx context.Context, args []string, stdout io.Writer, stderr *os.File) error {
	slog.SetDefault(slog.New(slog.NewTextHandler(stderr, nil)))
	c := &console{stdout, stderr}
	if len(args) == 0 {
		args = []string{"help"}
	}
	for _, one := range commands() {
		if one.name == args[0] {
			return one.run(access.With(ctx, access.Operator(accountName())), c, args[1:])
		}
	}
	return fmt.Errorf("%w: 没有命令 %q，见 mapserver help / there is no command %q, see mapserver help", errUsage, args[0], args[0])
}

func help(_ context.Context, c *console, _ []string) error {
	fmt.Fprintf(c.out, "云浮一张图 / Yunfu one map, %s\n\nmapserver COMMAND\n", version)
	for _, one := range commands() {
		fmt.Fprintf(c.out, "  %-52s %s\n", strings.TrimSpace(one.name+" "+one.usage), one.summary)
	}
	fmt.Fprintf(c.out, `
各命令的选项见 mapserver COMMAND --help / options of a command: mapserver COMMAND --help

  DATABASE_URL   使用已有的 PostGIS；未设置则在数据目录中运行私有 PostGIS
                 an existing PostGIS; without it a private one runs in the data directory
  ONEMAP_DATA    数据目录，默认 %s / the data directory
`, defaultDataDir())
	return nil
}

// options are the flags of one command; parse takes positional arguments
// before, between and after them.
type options struct {
	*flag.FlagSet
	dataDir string
}

func newOptions(name string, c *console) *options {
	o := &options{FlagSet: flag.NewFlagSet("mapserver "+name, flag.ContinueOnError)}
	o.SetOutput(c.err)
	o.StringVar(&o.dataDir, "data", defaultDataDir(), "数据目录 / data `directory` (ONEMAP_DATA)")
	return o
}

// parse returns the positional arguments, of which there must be between least and most.
func (o *options) parse(args []string, least, most int) ([]string, error) {
	var positional []string
	for {
		if err := o.Parse(args); err != nil {
			return nil, fmt.Errorf("%w: %w", errUsage, err)
		}
		args = o.Args()
		if len(args) == 0 {
			break
		}
		positional, args = append(positional, args[0]), args[1:]
	}
	if len(positional) < least || len(positional) > most {
		return nil, fmt.Errorf("%w: 参数个数不对，见 %s --help / wrong number of arguments, see %s --help", errUsage, o.Name(), o.Name())
	}
	return positional, nil
}

// explain words an error for the person at the terminal.
func explain(err error) string {
	hint := ""
	var product *products.ContentError
	switch {
	case errors.Is(err, flag.ErrHelp):
		return ""
	case errors.As(err, &product):
		hint = fmt.Sprintf("成员 %s 的值 %.200q 有误：%s", product.Member, product.Value, product.ZH)
	case errors.Is(err, context.Canceled):
		return "已中断 / interrupted"
	case errors.Is(err, layers.ErrUnknownLayer):
		hint = "没有这个图层；mapserver layers 列出全部 / there is no such layer; `mapserver layers` lists them"
	case errors.Is(err, layers.ErrFeatureChanged):
		hint = "要素已被他人修改；请重新读取后再改 / the feature has changed meanwhile; read it again"
	case errors.Is(err, layers.ErrUnknownRow):
		hint = "隔离区没有这样的行；mapserver quarantine list 列出 / the quarantine has no such row; `mapserver quarantine list` lists them"
	case errors.Is(err, postgis.ErrUnreachable):
		hint = "数据库无法连接；请检查 DATABASE_URL 或 mapserver doctor / the database cannot be reached; check DATABASE_URL, or run `mapserver doctor`"
	}
	if hint != "" {
		return fmt.Sprintf("错误 / error: %v\n%s", err, hint)
	}
	return fmt.Sprintf("错误 / error: %v", err)
}
