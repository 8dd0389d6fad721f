package products

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"onemap/layers"
)

// The limits of a product.
const (
	mostLayers  = 16 // as many as a tile takes
	mostTitle   = 60 // characters
	mostText    = 4000
	mostSource  = 500
	mostWhy     = 500
	mostTags    = 20
	mostTag     = 20
	mostLegend  = 100
	longestID   = 48
	finestScale = 100
	coarsest    = 500_000_000
)

var slug = regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)*$`)

// addresses are ids that would hide an address of the service.
var addresses = []string{"indicator", "preview", "statistics", "transitions", "versions"}

// CheckID tells what is wrong with the id of a product.
func CheckID(id string) error {
	if len(id) > longestID || !slug.MatchString(id) || slices.Contains(addresses, id) {
		return &ContentError{
			"id", id, fmt.Sprintf("应为小写字母开头的字母、数字与连字符，至多 %d 个，如 farmland-protection；不得为 %s", longestID, strings.Join(addresses, "、")),
			fmt.Sprintf("must be letters, digits and hyphens beginning with a small letter, at most %d, as farmland-protection, and none of %s", longestID, strings.Join(addresses, ", ")),
		}
	}
	return nil
}

// approvalNumber is the form of a 审图号: national as GS(2026)1234号 and
// GS京(2026)0123号, provincial as 粤S(2026)001号, of a city as 粤WS(2026)001号.
var approvalNumber = regexp.MustCompile(`^(GS[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼]?|[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-Z]?S)\((\d{4})\)(\d{1,5})号$`)

// tidyApproval writes a 审图号 in its usual form, with brackets of half width.
func tidyApproval(text string) string {
	return strings.NewReplacer("（", "(", "）", ")", "〔", "(", "〕", ")", " ", "").Replace(strings.TrimSpace(text))
}

func checkApproval(text string, now time.Time) error {
	if text == "" {
		return nil
	}
	found := approvalNumber.FindStringSubmatch(text)
	if found == nil || found[2] < "1990" || found[2] > now.Format("2006") {
		return &ContentError{"approval_number", text, "应为审图号，如 粤S(2026)001号 或 GS(2026)1234号，年份不晚于今年", "must be a map approval number, as 粤S(2026)001号 or GS(2026)1234号, of this year or before"}
	}
	return nil
}

// tidy brings a content into its usual form.
func (c *Content) tidy() {
	for _, text := range []*string{&c.Title, &c.TitleEN, &c.Department, &c.Text, &c.TextEN, &c.Source, &c.Conditions} {
		*text = strings.TrimSpace(strings.ReplaceAll(*text, "\r\n", "\n"))
	}
	c.Approval = tidyApproval(c.Approval)
	c.Update.Rule = cmp.Or(c.Update.Rule, Follow)
	c.Tags = slices.Clone(c.Tags)
	if c.Tags == nil {
		c.Tags = []string{}
	}
	for i, tag := range c.Tags {
		c.Tags[i] = strings.TrimSpace(tag)
	}
}

// check tells the first thing that is wrong with a tidy content by itself. What it
// says of layers is checked against the catalogue by [check].
func (c Content) check(now time.Time) error {
	for _, t := range []struct {
		member, text string
		least, most  int
	}{
		{"title", c.Title, 1, mostTitle},
		{"title_en", c.TitleEN, 1, 2 * mostTitle},
		{"department", c.Department, 1, mostTitle},
		{"text", c.Text, 1, mostText},
		{"text_en", c.TextEN, 0, mostText},
		{"source", c.Source, 1, mostSource},
		{"conditions", c.Conditions, 0, mostText},
	} {
		if err := checkText(t.member, t.text, t.least, t.most); err != nil {
			return err
		}
	}
	if err := checkDataDate(c.DataDate, now); err != nil {
		return err
	}
	if err := c.checkSharing(); err != nil {
		return err
	}
	if err := checkApproval(c.Approval, now); err != nil {
		return err
	}
	if err := c.Scales.check(); err != nil {
		return err
	}
	if err := checkExtent(c.Extent); err != nil {
		return err
	}
	return c.checkTags()
}

func (c Content) checkTags() error {
	if len(c.Tags) > mostTags {
		return &ContentError{"tags", fmt.Sprint(len(c.Tags)), fmt.Sprintf("至多 %d 个", mostTags), fmt.Sprintf("must be at most %d", mostTags)}
	}
	for i, tag := range c.Tags {
		member := fmt.Sprintf("tags[%d]", i)
		if err := checkText(member, tag, 1, mostTag); err != nil {
			return err
		}
		if slices.Contains(c.Tags[:i], tag) {
			return &ContentError{member, tag, "重复", "is given twice"}
		}
	}
	return nil
}

func (c Content) checkSharing() error {
	switch c.Secrecy {
	case layers.Public, layers.Internal, layers.Sensitive:
	case "secret":
		return &ContentError{"secrecy", "secret", "涉密数据不得进入本系统", "secret data must not enter this system"}
	default:
		return &ContentError{"secrecy", string(c.Secrecy), "应为 public（公开）、internal（内部）或 sensitive（敏感）", "must be public, internal or sensitive"}
	}
	if !slices.Contains([]Share{Unconditional, Conditional, NotShared}, c.Share) {
		return &ContentError{"share", string(c.Share), "应为 unconditional（无条件共享）、conditional（有条件共享）或 none（不予共享）", "must be unconditional, conditional or none"}
	}
	if c.Share == Unconditional && c.Secrecy != layers.Public {
		return &ContentError{"share", string(c.Share), "非公开的产品不能无条件共享；请改为 conditional 或 none", "a product that isn't public can't be shared without conditions; use conditional or none"}
	}
	if c.Share == Conditional && c.Conditions == "" {
		return &ContentError{"conditions", "", "有条件共享的产品须写明共享条件", "must say the conditions of a product that is shared under conditions"}
	}
	return nil
}

func (s Scales) check() error {
	for _, one := range []struct {
		member string
		value  float64
	}{{"scales.finest", s.Finest}, {"scales.coarsest", s.Coarsest}} {
		if one.value != 0 && !(one.value >= finestScale && one.value <= coarsest) {
			return &ContentError{one.member, fmt.Sprint(one.value), fmt.Sprintf("应为 %d 至 %d 的比例尺分母", finestScale, coarsest), fmt.Sprintf("must be the denominator of a scale, %d to %d", finestScale, coarsest)}
		}
	}
	if s.Finest != 0 && s.Coarsest != 0 && s.Finest >= s.Coarsest {
		return &ContentError{"scales", fmt.Sprintf("%g, %g", s.Finest, s.Coarsest), "finest（最大比例尺的分母）应小于 coarsest", "finest must be a smaller number than coarsest"}
	}
	return nil
}

func checkExtent(e *[4]float64) error {
	if e == nil {
		return nil
	}
	if !(e[0] >= -180 && e[2] <= 180 && e[1] >= -90 && e[3] <= 90 && e[0] < e[2] && e[1] < e[3]) {
		return &ContentError{"extent", fmt.Sprint(*e), "应为 西,南,东,北（EPSG:4490，度），西小于东，南小于北", "must be west, south, east, north in degrees (EPSG:4490), west less than east and south less than north"}
	}
	return nil
}

// checkDataDate takes a day, a month or a year that has begun.
func checkDataDate(text string, now time.Time) error {
	for _, form := range []string{time.DateOnly, "2006-01", "2006"} {
		if at, err := time.Parse(form, text); err == nil && at.Year() >= 1900 && !at.After(now.Add(24*time.Hour)) {
			return nil
		}
	}
	return &ContentError{"data_date", text, "应为数据的日期、年月或年份，如 2025-12-31、2025-12、2025，不晚于今天", "must be the day, month or year of the data, as 2025-12-31, 2025-12 or 2025, not in the future"}
}

// checkText holds a text to its length in characters and refuses control characters.
func checkText(member, text string, least, most int) error {
	n := utf8.RuneCountInString(text)
	switch {
	case n < least || n > most:
		return &ContentError{member, shorten(text), fmt.Sprintf("应为 %d 至 %d 个字，现为 %d", least, most, n), fmt.Sprintf("must have %d to %d characters, and has %d", least, most, n)}
	case !utf8.ValidString(text) || strings.ContainsFunc(text, func(c rune) bool { return unicode.IsControl(c) && c != '\n' && c != '\t' }):
		return &ContentError{member, shorten(text), "含有控制字符；请删去", "has control characters; take them out"}
	}
	return nil
}

func shorten(text string) string {
	runes := []rune(text)
	return string(runes[:min(len(runes), 40)])
}
