package quality

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgtype"
	"github.com/paulmach/orb"

	"onemap/layers"
)

// rowCheck makes the check of a rule about single rows; nil for other rules.
func (p *Plan) rowCheck(i int, r layers.Rule) rowCheck {
	switch r.Check {
	case "codes":
		return p.checkCodes(i, r)
	case "code_name":
		return p.checkCodeName(i, r)
	case "sum":
		return p.checkSum(i, r)
	case "stated_area":
		return p.checkStatedArea(i, r)
	case "dates":
		return p.checkDates(i, r)
	case "year":
		return p.checkYear(i, r)
	case "outside":
		if p.city != nil {
			return p.checkOutside(i)
		}
	case "precision":
		return func(c *Checker, row *Row) {
			if row.Coarse {
				c.hit(i, Example{
					Row: row.Number, Place: firstPoint(row.Geometry),
					Message: "全部坐标都是取整的，精度不足", MessageEN: "all coordinates are rounded, they can't be exact",
				})
			}
		}
	case "spike":
		return checkSpikes(i, r)
	}
	return nil
}

func (p *Plan) checkCodes(i int, r layers.Rule) rowCheck {
	field := p.field(r.Field)
	dictionary, known := p.stick.Dictionaries[p.def.Fields[field].Dictionary]
	if !known {
		return nil
	}
	codes := map[string]bool{}
	for _, e := range dictionary.Entries {
		codes[e.Code] = true
	}
	return func(c *Checker, row *Row) {
		code, ok := row.Values[field].(string)
		if !ok || codes[code] {
			return
		}
		c.hit(i, Example{
			Row: row.Number, Field: r.Field, Value: clip(code), Place: firstPoint(row.Geometry),
			Message: "不在字典“" + dictionary.Name + "”中", MessageEN: "is not in the dictionary " + dictionary.NameEN,
		})
	}
}

func (p *Plan) checkCodeName(i int, r layers.Rule) rowCheck {
	field, name := p.field(r.Field), p.field(r.Name)
	dictionary, known := p.stick.Dictionaries[p.def.Fields[field].Dictionary]
	if !known {
		return nil
	}
	names := map[string]string{}
	for _, e := range dictionary.Entries {
		names[e.Code] = e.Name
	}
	return func(c *Checker, row *Row) {
		code, _ := row.Values[field].(string)
		given, _ := row.Values[name].(string)
		want, known := names[code]
		if !known || given == "" || given == want || plainText(given) == plainText(want) {
			return
		}
		c.hit(i, Example{
			Row: row.Number, Field: r.Name, Value: clip(given), Place: firstPoint(row.Geometry),
			Message: fmt.Sprintf("代码 %s 的名称应为“%s”", code, want), MessageEN: fmt.Sprintf("code %s is called %s", code, want),
		})
	}
}

// plainText is a name without blanks and with half-width brackets.
func plainText(s string) string {
	return strings.NewReplacer(" ", "", "\u3000", "", "（", "(", "）", ")", "、", ",", "，", ",").Replace(s)
}

func (p *Plan) checkSum(i int, r layers.Rule) rowCheck {
	total, parts := p.field(r.Field), make([]int, len(r.Fields))
	for j, name := range r.Fields {
		parts[j] = p.field(name)
	}
	tolerance := max(r.Tolerance, 0.5*math.Pow10(-p.def.Fields[total].Scale))
	return func(c *Checker, row *Row) {
		want, ok := numberOf(row.Values[total])
		if !ok {
			return
		}
		got, any := 0.0, false
		for _, part := range parts {
			if n, ok := numberOf(row.Values[part]); ok { // an empty part is nought
				got, any = got+n, true
			}
		}
		if !any || math.Abs(want-got) < tolerance {
			return
		}
		c.hit(i, Example{
			Row: row.Number, Field: r.Field, Value: formatNumber(want), Place: firstPoint(row.Geometry),
			Message:   fmt.Sprintf("%s = %s，而 %s = %s", r.Field, formatNumber(want), strings.Join(r.Fields, " + "), formatNumber(got)),
			MessageEN: fmt.Sprintf("%s is %s, but %s is %s", r.Field, formatNumber(want), strings.Join(r.Fields, " + "), formatNumber(got)),
		})
	}
}

// squareMetres are the units of areas.
func squareMetres(unit string) float64 {
	switch unit {
	case "hm²", "公顷":
		return 1e4
	case "km²":
		return 1e6
	case "亩":
		return 2000.0 / 3
	default:
		return 1
	}
}

func (p *Plan) checkStatedArea(i int, r layers.Rule) rowCheck {
	field := p.field(r.Field)
	f := p.def.Fields[field]
	unit := squareMetres(f.Unit)
	if r.Share == 0 && r.Tolerance == 0 {
		r.Share = 0.01
	}
	step := math.Pow10(-f.Scale)
	if f.Type != layers.Decimal {
		step = 0
	}
	return func(c *Checker, row *Row) {
		stated, ok := numberOf(row.Values[field])
		if !ok {
			return
		}
		real := row.AreaM2() / unit
		if math.Abs(stated-real) <= r.Tolerance+r.Share*real+step {
			return
		}
		c.hit(i, Example{
			Row: row.Number, Field: r.Field, Value: formatNumber(stated), Place: firstPoint(row.Geometry),
			Message:   fmt.Sprintf("填报 %s %s，椭球面积 %.2f %s", formatNumber(stated), f.Unit, real, f.Unit),
			MessageEN: fmt.Sprintf("%s %s stated, %.2f %s on the ellipsoid", formatNumber(stated), f.Unit, real, f.Unit),
		})
	}
}

func (p *Plan) checkDates(i int, r layers.Rule) rowCheck {
	field := p.field(r.Field)
	if field < 0 {
		return nil
	}
	earliest := time.Date(int(r.Minimum), 1, 1, 0, 0, 0, 0, time.UTC)
	latest := p.now.Add(24 * time.Hour)
	return func(c *Checker, row *Row) {
		at, ok := row.Values[field].(time.Time)
		if !ok {
			return
		}
		e := Example{Row: row.Number, Field: r.Field, Value: at.Format(time.DateOnly), Place: firstPoint(row.Geometry)}
		switch {
		case at.After(latest):
			e.Message, e.MessageEN = "日期在未来", "the date is in the future"
		case at.Before(earliest):
			e.Message, e.MessageEN = fmt.Sprintf("早于 %d 年", earliest.Year()), fmt.Sprintf("before %d", earliest.Year())
		default:
			return
		}
		c.hit(i, e)
	}
}

func (p *Plan) checkYear(i int, r layers.Rule) rowCheck {
	field := p.field(r.Field)
	earliest := int(r.Minimum)
	if earliest == 0 {
		earliest = 1949
	}
	return func(c *Checker, row *Row) {
		f, ok := numberOf(row.Values[field])
		if text, isText := row.Values[field].(string); isText {
			n, err := strconv.Atoi(text)
			f, ok = float64(n), err == nil
			if err != nil {
				f, ok = 0, text != ""
			}
		}
		if !ok {
			return
		}
		if year := int(f); f == math.Trunc(f) && year >= earliest && year <= p.now.Year() {
			if end := time.Date(year, 12, 31, 0, 0, 0, 0, time.UTC); end.After(c.found.newest) {
				c.found.newest = end
			}
			return
		}
		c.hit(i, Example{
			Row: row.Number, Field: r.Field, Value: clip(textOf(row.Values[field])), Place: firstPoint(row.Geometry),
			Message: fmt.Sprintf("年份应在 %d 至 %d 之间", earliest, p.now.Year()), MessageEN: fmt.Sprintf("the year must be within %d and %d", earliest, p.now.Year()),
		})
	}
}

func (p *Plan) checkOutside(i int) rowCheck {
	return func(c *Checker, row *Row) {
		var at orb.Point
		if p.city.holds(row.Geometry) || everyPoint(row.Geometry, func(q orb.Point) bool { at = q; return p.city.has(q) }) {
			return
		}
		c.hit(i, Example{
			Row: row.Number, Place: &Place{at[0], at[1]},
			Message: fmt.Sprintf("超出市域范围 %.0f 米以上", p.city.metres), MessageEN: fmt.Sprintf("more than %.0f m outside the city", p.city.metres),
		})
	}
}

func checkSpikes(i int, r layers.Rule) rowCheck {
	tangent := math.Tan(r.Degrees * radian)
	return func(c *Checker, row *Row) {
		var at orb.Point
		found := false
		eachRing(row.Geometry, func(ring orb.Ring, _ bool) {
			if !found {
				at, found = spikeIn(ring, tangent, r.Minimum)
			}
		})
		if found {
			c.hit(i, Example{
				Row: row.Number, Place: &Place{at[0], at[1]},
				Message: fmt.Sprintf("边界夹角小于 %g°", r.Degrees), MessageEN: fmt.Sprintf("a corner of less than %g°", r.Degrees),
			})
		}
	}
}

// numberOf is a value of a numeric field.
func numberOf(v any) (float64, bool) {
	switch v := v.(type) {
	case int64:
		return float64(v), true
	case float64:
		return v, true
	case pgtype.Numeric:
		if !v.Valid || v.NaN || v.Int == nil {
			return 0, false
		}
		if v.Int.IsInt64() && v.Exp <= 0 && v.Exp >= -18 {
			return float64(v.Int.Int64()) / math.Pow10(int(-v.Exp)), true
		}
		f, err := v.Float64Value()
		return f.Float64, err == nil && f.Valid
	case interface {
		Float64Value() (pgtype.Float8, error)
	}:
		f, err := v.Float64Value()
		return f.Float64, err == nil && f.Valid
	default:
		return 0, false
	}
}

func formatNumber(f float64) string {
	return strconv.FormatFloat(math.Round(f*1e6)/1e6, 'f', -1, 64)
}

// clip shortens a value for a report.
func clip(s string) string {
	if r := []rune(s); len(r) > 60 {
		return string(r[:60]) + "…"
	}
	return s
}
