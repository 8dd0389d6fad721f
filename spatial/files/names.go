package files

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"
)

// The limits of a DBF file, in bytes.
const (
	longestName = 10
	longestText = 254
)

// ShortNames gives columns names of at most 10 bytes, each once whatever the case:
// those that are too long are cut, with a number at the end where two meet.
func ShortNames(columns []Column) []string {
	names, taken := make([]string, len(columns)), map[string]bool{}
	for i, c := range columns { // names that fit keep theirs
		if len(c.Name) <= longestName && !taken[strings.ToUpper(c.Name)] {
			names[i] = c.Name
			taken[strings.ToUpper(c.Name)] = true
		}
	}
	for i, c := range columns {
		if names[i] != "" {
			continue
		}
		name := clip(c.Name, longestName)
		for n := 1; taken[strings.ToUpper(name)]; n++ {
			end := fmt.Sprintf("_%d", n)
			name = clip(c.Name, longestName-len(end)) + end
		}
		names[i] = name
		taken[strings.ToUpper(name)] = true
	}
	return names
}

// clip shortens a text to so many bytes of UTF-8, at a character's border.
func clip(text string, most int) string {
	if len(text) <= most {
		return text
	}
	for most > 0 && !utf8.RuneStart(text[most]) {
		most--
	}
	return text[:most]
}

// fit makes a text one that a DBF field of an encoding holds.
func (e Encoding) fit(text string) (fitted string, shortened, replaced bool) {
	if e == UTF8 {
		fitted = clip(text, longestText)
		return fitted, len(fitted) < len(text), false
	}
	encoder := simplifiedchinese.GBK.NewEncoder()
	size := 0
	var kept strings.Builder
	for _, r := range text {
		n := 1
		if r >= utf8.RuneSelf {
			n = 2
			encoder.Reset()
			if packed, err := encoder.String(string(r)); err != nil || len(packed) > 2 {
				r, n, replaced = '?', 1, true
			}
		}
		if size += n; size > longestText {
			return kept.String(), true, replaced
		}
		kept.WriteRune(r)
	}
	return kept.String(), false, replaced
}

// width is how many bytes a DBF field for a text column must hold.
func (e Encoding) width(c Column) int {
	if c.Length == 0 {
		return longestText
	}
	each := 3
	if e == GBK {
		each = 2
	}
	return min(c.Length*each, longestText)
}
