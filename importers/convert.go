package importers

import (
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"onemap/importers/gdal"
	"onemap/layers"
)

// reason says why a value or a row can't be taken, or what was done to it.
type reason struct{ zh, en string }

func newReason(zh, en string, args ...any) *reason {
	return &reason{fmt.Sprintf(zh, args...), fmt.Sprintf(en, args...)}
}

// chinaTime is the zone of times that name none.
var chinaTime = time.FixedZone("Asia/Shanghai", 8*60*60)

// textOf returns a value as text, without blanks round it: "" is no value. cut
// says that a character cut off at its end was removed; ok is false for bytes
// that aren't text.
func textOf(v gdal.Value, charset Charset) (text string, cut, ok bool) {
	switch v.Kind {
	case gdal.Text:
		text, cut, ok = charset.decode(v.Text)
		text = strings.Trim(text, " \t\r\n\x00\u3000")
		return text, cut, ok && strings.IndexByte(text, 0) < 0
	case gdal.Int:
		return strconv.FormatInt(v.Int, 10), false, true
	case gdal.Float:
		return strconv.FormatFloat(v.Float, 'f', -1, 64), false, true
	case gdal.Moment:
		if h, m, s := v.Time.Clock(); h == 0 && m == 0 && s == 0 {
			return v.Time.Format(time.DateOnly), false, true
		}
		return v.Time.Format(time.DateTime), false, true
	default:
		return "", false, true
	}
}

// convert turns a value of the file into one that the store takes for the
// field: nil, string, int64, float64, amount, time.Time or bool. Without
// a value the result is nil. done says what was changed beyond its type; refused
// says why there is no result.
func convert(f layers.Field, v gdal.Value, charset Charset) (value any, done, refused *reason) {
	switch { // what needs no text between
	case v.Kind == gdal.Null:
		return nil, nil, nil
	case v.Kind == gdal.Int && f.Type == layers.Integer:
		return v.Int, nil, nil
	case (f.Type == layers.Real || f.Type == layers.Decimal || f.Type == layers.Integer) && v.Kind == gdal.Float:
		return convertFloat(f, v.Float)
	case v.Kind == gdal.Int && f.Type == layers.Real:
		return float64(v.Int), nil, nil
	case v.Kind == gdal.Moment && f.Type == layers.Date:
		return date(v.Time), nil, nil
	case v.Kind == gdal.Moment && f.Type == layers.Time:
		return moment(v), nil, nil
	}
	text, cut, ok := textOf(v, charset)
	if !ok {
		return nil, nil, newReason("文字不是有效的 %s 编码（字节 % x）", "the text is not valid %s (bytes % x)", charset.Name, clipBytes(v.Text))
	}
	if cut {
		done = newReason("末尾被截断的半个字符已去除", "half a character, cut off at the end, was removed")
	}
	if strings.ContainsRune(text, utf8.RuneError) {
		done = newReason("源文件的文字已损坏（含替换字符 U+FFFD），原样保留", "the file's own text is damaged (it has U+FFFD) and was kept as it is")
	}
	if text == "" {
		return nil, done, nil
	}
	switch f.Type {
	case layers.Text:
		if n := utf8.RuneCountInString(text); f.Length > 0 && n > f.Length {
			return nil, nil, newReason("长度 %d 超过上限 %d 个字符", "%d characters, more than %d", n, f.Length)
		}
		return text, done, nil
	case layers.Integer:
		value, refused = parseInteger(text)
	case layers.Real:
		value, refused = parseReal(text)
	case layers.Decimal:
		var rounded *reason
		value, rounded, refused = parseDecimal(text, f.Scale)
		if rounded != nil {
			done = rounded
		}
	case layers.Date:
		value, refused = parseDate(text)
	case layers.Time:
		value, refused = parseTime(text)
	case layers.Boolean:
		value, refused = parseBoolean(text)
	}
	return value, done, refused
}

func convertFloat(f layers.Field, v float64) (any, *reason, *reason) {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return nil, nil, newReason("不是数", "not a number")
	}
	switch f.Type {
	case layers.Real:
		return v, nil, nil
	case layers.Integer:
		if v != math.Trunc(v) || math.Abs(v) >= 1<<63 {
			return nil, nil, newReason("不是整数", "not a whole number")
		}
		return int64(v), nil, nil
	default:
		if n := math.Round(v * float64(powersOfTen[f.Scale])); math.Abs(n) < 1e15 && n/float64(powersOfTen[f.Scale]) == v {
			return amount{int64(n), f.Scale}, nil, nil // of all decimals of 15 digits only this one reads as v
		}
		return parseDecimal(strconv.FormatFloat(v, 'f', -1, 64), f.Scale)
	}
}

// plainNumber makes a number in text readable: full-width digits and signs
// become ASCII, and commas between thousands go.
func plainNumber(text string) string {
	if isASCII([]byte(text)) && !strings.ContainsAny(text, ", ") {
		return text
	}
	text = strings.Map(func(r rune) rune {
		switch {
		case r >= '０' && r <= '９', r == '．', r == '－', r == '＋', r == '，':
			return r - 0xfee0
		default:
			return r
		}
	}, text)
	whole, fraction, _ := strings.Cut(text, ".")
	if groups := strings.Split(whole, ","); len(groups) > 1 {
		for _, g := range groups[1:] {
			if len(g) != 3 {
				return text // not thousands: left as it is, to be refused
			}
		}
		text = strings.Join(groups, "")
		if fraction != "" {
			text += "." + fraction
		}
	}
	return text
}

func parseInteger(text string) (any, *reason) {
	text = plainNumber(text)
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		return n, nil
	}
	if f, err := strconv.ParseFloat(text, 64); err == nil && f == math.Trunc(f) && math.Abs(f) < 1<<53 {
		return int64(f), nil
	}
	return nil, newReason("不是整数", "not a whole number")
}

func parseReal(text string) (any, *reason) {
	f, err := strconv.ParseFloat(plainNumber(text), 64)
	if err != nil || math.IsNaN(f) || math.IsInf(f, 0) {
		return nil, newReason("不是数", "not a number")
	}
	return f, nil
}

// decimalDigits is how many digits a Decimal has, before and after the point.
const decimalDigits = 18

// parseDecimal reads an amount; one with more places than the field's is rounded
// to them, half away from nought, and rounded says so. What binary fractions add
// at the fifteenth digit doesn't count as more places.
func parseDecimal(text string, scale int) (_ any, rounded, refused *reason) {
	text = plainNumber(text)
	if n, ok := scaled(text, scale); ok {
		return amount{n, scale}, nil, nil
	}
	if strings.ContainsAny(text, "_/pPxX") { // big.Rat reads more than numbers
		return nil, nil, newReason("不是数", "not a number")
	}
	if _, exponent, found := strings.Cut(strings.ToLower(text), "e"); found && len(exponent) > 3 {
		return nil, nil, newReason("不是数", "not a number") // nor do we work out 1e999999
	}
	exact, ok := new(big.Rat).SetString(text)
	if !ok {
		return nil, nil, newReason("不是数", "not a number")
	}
	plain := exact.FloatString(scale)
	whole, fraction, _ := strings.Cut(strings.TrimPrefix(plain, "-"), ".")
	if len(strings.TrimLeft(whole, "0")) > decimalDigits-scale {
		return nil, nil, newReason("整数部分超过 %d 位", "more than %d digits before the point", decimalDigits-scale)
	}
	n, err := strconv.ParseInt(whole+fraction, 10, 64)
	if err != nil {
		return nil, nil, newReason("不是数", "not a number")
	}
	if strings.HasPrefix(plain, "-") {
		n = -n
	}
	value, _ := new(big.Rat).SetString(plain)
	difference, _ := new(big.Rat).Sub(exact, value).Float64()
	if size, _ := exact.Float64(); math.Abs(difference) > math.Abs(size)*1e-14 {
		rounded = newReason("四舍五入到 %d 位小数", "rounded to %d decimal places", scale)
	}
	return amount{n, scale}, rounded, nil
}

// scaled reads plain decimals such as -1234.5 as a whole number of the last
// place that scale allows: the case that nearly all amounts are. Anything else,
// or too long, is not ok.
func scaled(text string, scale int) (n int64, ok bool) {
	digits := strings.TrimPrefix(text, "-")
	whole, fraction, _ := strings.Cut(digits, ".")
	fraction = strings.TrimRight(fraction, "0")
	if whole == "" || len(whole) > decimalDigits-scale || len(fraction) > scale {
		return 0, false
	}
	for i := range len(whole) + scale {
		digit := byte('0')
		switch {
		case i < len(whole):
			digit = whole[i]
		case i-len(whole) < len(fraction):
			digit = fraction[i-len(whole)]
		}
		if digit < '0' || digit > '9' {
			return 0, false
		}
		n = n*10 + int64(digit-'0')
	}
	if len(digits) < len(text) {
		n = -n
	}
	return n, true
}

// dateForms are the ways a day is written, after 年 and 月 became hyphens.
var dateForms = []string{"2006-1-2", "20060102", "2006/1/2", "2006.1.2"}

// noDates are what programs write for no day at all.
var noDates = map[string]bool{"0": true, "00000000": true, "0000-00-00": true, "0000/00/00": true}

func date(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC)
}

func moment(v gdal.Value) time.Time {
	if v.Zoned {
		return v.Time
	}
	t := v.Time
	return time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), chinaTime)
}

func parseDate(text string) (any, *reason) {
	if noDates[text] {
		return nil, nil
	}
	plain := text
	if strings.ContainsRune(text, '年') {
		plain = strings.NewReplacer("年", "-", "月", "-", "日", "").Replace(text)
	}
	for _, separator := range []string{"T", " "} { // a time of day says nothing about a day
		if day, clock, found := strings.Cut(plain, separator); found && strings.Contains(clock, ":") {
			plain = day
			break
		}
	}
	for _, form := range dateForms {
		if t, err := time.Parse(form, plain); err == nil {
			if t.Year() < 1000 || t.Year() > 9999 {
				break
			}
			return t, nil
		}
	}
	return nil, newReason("不是日期（如 2024-01-02、20240102、2024/1/2）", "not a date (as 2024-01-02, 20240102, 2024/1/2)")
}

var timeForms = []string{time.RFC3339, "2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-1-2 15:04", "2006/1/2 15:04:05", "2006/1/2 15:04", "20060102150405"}

func parseTime(text string) (any, *reason) {
	for _, form := range timeForms {
		if t, err := time.ParseInLocation(form, text, chinaTime); err == nil {
			return t, nil
		}
	}
	day, refused := parseDate(text)
	if t, ok := day.(time.Time); ok {
		return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, chinaTime), nil
	}
	if refused == nil {
		return nil, nil
	}
	return nil, newReason("不是时间（如 2024-01-02 15:04:05）", "not a time (as 2024-01-02 15:04:05)")
}

func parseBoolean(text string) (any, *reason) {
	switch strings.ToLower(text) {
	case "1", "t", "true", "y", "yes", "是", "有", "真":
		return true, nil
	case "0", "f", "false", "n", "no", "否", "无", "假":
		return false, nil
	default:
		return nil, newReason("不是“是/否”", "neither yes nor no")
	}
}
