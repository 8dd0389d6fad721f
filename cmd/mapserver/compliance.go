package main

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"onemap/data"
	"onemap/importers"
	"onemap/layers"
	"onemap/postgis"
	"onemap/spatial/compliance"
	"onemap/web"
)

// complianceOffice makes checks by the rules that the program carries.
func complianceOffice(d *database) (*compliance.Office, error) {
	defs, err := layers.ReadDefinitions(data.Files)
	if err != nil {
		return nil, err
	}
	rules, err := compliance.ReadRules(data.Files, defs.Layers)
	if err != nil {
		return nil, err
	}
	return compliance.NewOffice(d.pool, d.store, rules), nil
}

// complianceCommand checks red lines, and shows checks.
func complianceCommand(ctx context.Context, c *console, args []string) error {
	does := map[string]func(context.Context, *console, []string) error{"check": checkRedline, "list": listChecks, "show": showCheck, "rules": showRules}
	if len(args) > 0 {
		if do := does[args[0]]; do != nil {
			return do(ctx, c, args[1:])
		}
	}
	return fmt.Errorf("%w: mapserver compliance check FILE --rules SET | list | show ID [--again] [--format …] | rules [SET]", errUsage)
}

// outlineOptions are the flags that say how a file of an outline is read.
func (o *options) outlineOptions() *importers.OutlineOptions {
	from := &importers.OutlineOptions{}
	o.StringVar(&from.CRS, "crs", "", "坐标系，默认以文件所写为准 / coordinate `system`; without it what the file says")
	o.StringVar(&from.SourceLayer, "source-layer", "", "文件中的图层 / `layer` of the file")
	o.StringVar(&from.Encoding, "encoding", "", "文字编码 / text `encoding`")
	o.BoolVar(&from.OverrideCRS, "override-crs", false, "文件所写坐标系有误时采用 --crs / take --crs although the file says another")
	o.BoolVar(&from.SwapAxes, "swap-axes", false, "坐标轴颠倒时交换 / exchange the axes where they are swapped")
	return from
}

func checkRedline(ctx context.Context, c *console, args []string) error {
	o := newOptions("compliance check", c)
	a, from := o.asking(), o.outlineOptions()
	var r compliance.Request
	o.StringVar(&r.RuleSet, "rules", "construction_land", "规则集 / `set` of rules")
	o.StringVar(&r.Name, "name", "", "项目名称 / `name` of the project")
	o.StringVar(&r.Reason, "reason", "", "事由 / why it is asked")
	o.Float64Var(&r.StatedM2, "stated-m2", 0, "申报面积（平方米） / stated area, `m²`")
	format := o.String("format", "json", "json、html、xlsx、geojson、shp / `form` of the answer")
	encoding := o.String("dbf-encoding", "UTF-8", "shp 的编码：UTF-8 或 GBK / `encoding` of a Shapefile")
	given, err := o.parse(args, 1, 1)
	if err != nil {
		return err
	}
	from.File = given[0]
	read, err := importers.ReadOutline(ctx, *from)
	if err != nil {
		return err
	}
	sum, err := fileSum(from.File)
	if err != nil {
		return err
	}
	r.Input = web.OutlineInput(read, filepath.Base(from.File), sum)
	return o.onMap(ctx, a, func(d *database, catalogue *layers.Catalogue, at time.Time) error {
		office, err := complianceOffice(d)
		if err != nil {
			return err
		}
		r.At = at
		answer, text, err := office.Check(ctx, catalogue, r)
		if err != nil {
			return err
		}
		return a.write(c, func(to io.Writer) error { return writeCheck(to, answer, text, *format, *encoding) })
	})
}

// fileSum is the SHA-256 of a file; a folder, as a FileGDB, has none.
func fileSum(name string) (string, error) {
	file, err := os.Open(name)
	if err != nil {
		return "", err
	}
	defer file.Close() //nolint:errcheck // it was only read
	if info, err := file.Stat(); err != nil || info.IsDir() {
		return "", err
	}
	hash := sha256.New()
	if _, err := io.Copy(hash, file); err != nil {
		return "", err
	}
	return fmt.Sprintf("%x", hash.Sum(nil)), nil
}

// writeCheck writes a check in one of its forms.
func writeCheck(to io.Writer, a compliance.Answer, text []byte, format, encoding string) error {
	switch format {
	case "json":
		_, err := to.Write(append(text, '\n'))
		return err
	case "html":
		return a.WritePage(to)
	case "xlsx":
		return a.WriteWorkbook(to)
	case "geojson":
		return printJSON(to, a.Collection())
	case "shp":
		return a.WriteShapefiles(to, encoding, "")
	}
	return fmt.Errorf("%w: --format %q: json, html, xlsx, geojson, shp", errUsage, format)
}

func listChecks(ctx context.Context, c *console, args []string) error {
	o := newOptions("compliance list", c)
	limit := o.Int("limit", 100, "最多条数 / most checks")
	before := o.Int64("before", 0, "从此序号之前开始 / begin ahead of this `number`")
	if _, err := o.parse(args, 0, 0); err != nil {
		return err
	}
	return o.withOffice(ctx, func(office *compliance.Office, _ *database) error {
		entries, err := office.List(ctx, *before, *limit)
		if err != nil {
			return err
		}
		return printJSON(c.out, entries)
	})
}

// withOffice opens the database for a command about checks.
func (o *options) withOffice(ctx context.Context, do func(*compliance.Office, *database) error) error {
	d, err := o.open(ctx, postgis.Options{})
	if err != nil {
		return err
	}
	defer d.close(ctx) //nolint:errcheck // the work is done
	office, err := complianceOffice(d)
	if err != nil {
		return err
	}
	return do(office, d)
}

func showCheck(ctx context.Context, c *console, args []string) error {
	o := newOptions("compliance show", c)
	again := o.Bool("again", false, "按当时的规则与版本重新审查，比对结果 / run it again by the rules and versions of then, and compare")
	format := o.String("format", "json", "json、html、xlsx、geojson、shp / `form` of the answer")
	encoding := o.String("dbf-encoding", "UTF-8", "shp 的编码：UTF-8 或 GBK / `encoding` of a Shapefile")
	out := o.String("out", "", "写入此文件，默认标准输出 / write to this `file` instead of standard output")
	given, err := o.parse(args, 1, 1)
	if err != nil {
		return err
	}
	a := &asked{out: *out}
	return o.withOffice(ctx, func(office *compliance.Office, d *database) error {
		if *again {
			catalogue, err := layers.LoadCatalogue(ctx, d.pool)
			if err != nil {
				return err
			}
			answer, err := office.Again(ctx, catalogue, given[0])
			if err != nil {
				return err
			}
			return errors.Join(a.write(c, func(to io.Writer) error { return printJSON(to, answer) }), differs(answer))
		}
		answer, text, err := office.Answer(ctx, given[0])
		if err != nil {
			return err
		}
		return a.write(c, func(to io.Writer) error { return writeCheck(to, answer, text, *format, *encoding) })
	})
}

// differs is an error where a check that was run again came out otherwise.
func differs(a compliance.Answer) error {
	if a.Repeated.Same {
		return nil
	}
	return fmt.Errorf("重新审查的结果与当时不同（%s，当时 %s） / run again it came out otherwise than then", a.Repeated.AnswerHash, a.AnswerHash)
}

func showRules(ctx context.Context, c *console, args []string) error {
	o := newOptions("compliance rules", c)
	given, err := o.parse(args, 0, 1)
	if err != nil {
		return err
	}
	office, err := complianceOffice(&database{})
	if err != nil {
		return err
	}
	if len(given) == 0 {
		return printJSON(c.out, map[string]any{"rule_sets": office.Rules().Sets, "land_classes": office.Rules().Land})
	}
	set, err := office.Rules().Set(given[0])
	if err != nil {
		return err
	}
	return printJSON(c.out, set)
}
