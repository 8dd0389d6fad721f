package names

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/mozillazg/go-pinyin"
	"golang.org/x/text/unicode/norm"
)

// ErrTable reports a table of readings or characters that cannot be used.
var ErrTable = errors.New("names: invalid table")

// Table folds and reads. It never changes; many goroutines may use it.
type Table struct {
	simplified map[rune]rune
	local      map[rune][]string
	plain      *strings.Replacer // letters with tones to those without
}

// NewTable reads readings/traditional.tsv and readings/local.tsv, lines of
// columns parted by tabs, where # begins a comment. The first fault is an
// [ErrTable] with its line.
func NewTable(files fs.FS) (*Table, error) {
	t := &Table{
		simplified: map[rune]rune{}, local: map[rune][]string{},
		plain: strings.NewReplacer("ā", "a", "á", "a", "ǎ", "a", "à", "a", "ē", "e", "é", "e", "ě", "e", "è", "e", "ê", "e", "ế", "e", "ề", "e", "ḿ", "m", "ń", "n", "ň", "n", "ǹ", "n",
			"ī", "i", "í", "i", "ǐ", "i", "ì", "i", "ō", "o", "ó", "o", "ǒ", "o", "ò", "o", "ū", "u", "ú", "u", "ǔ", "u", "ù", "u",
			"ü", "v", "ǖ", "v", "ǘ", "v", "ǚ", "v", "ǜ", "v"),
	}
	err := eachRow(files, "readings/traditional.tsv", func(from rune, to string) bool {
		simple, size := utf8.DecodeRuneInString(to)
		t.simplified[from] = simple
		return size == len(to) && simple != utf8.RuneError
	})
	if err != nil {
		return nil, err
	}
	return t, eachRow(files, "readings/local.tsv", func(of rune, readings string) bool {
		t.local[of] = strings.Split(readings, ",")
		return !slices.ContainsFunc(t.local[of], func(s string) bool { return !isSyllable(s) })
	})
}

func isSyllable(s string) bool {
	return s != "" && len(s) <= 6 && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz") == ""
}

func eachRow(files fs.FS, name string, take func(one rune, value string) bool) error {
	file, err := files.Open(name)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrTable, err)
	}
	defer file.Close()
	lines := bufio.NewScanner(file)
	for n := 1; lines.Scan(); n++ {
		if lines.Text() == "" || lines.Text()[0] == '#' {
			continue
		}
		columns := strings.Split(lines.Text(), "\t")
		one, size := utf8.DecodeRuneInString(columns[0])
		if len(columns) < 2 || size != len(columns[0]) || one == utf8.RuneError || !take(one, columns[1]) {
			return fmt.Errorf("%w: %s, line %d: %q", ErrTable, name, n, lines.Text())
		}
	}
	return lines.Err()
}

// Fold writes a text so that spellings that mean the same are equal: narrow
// forms, small letters without accents, simplified characters, and neither blanks nor the
// apostrophes that part syllables. Bytes that are no UTF-8 become U+FFFD, and
// control characters are left out. Read gives the readings of each character of
// the answer, taken before it was simplified: 乾 is qian, though it folds to 干.
func (t *Table) Fold(text string) []rune {
	folded, _ := t.fold(text, false)
	return folded
}

// FoldAndRead is [Table.Fold], with the readings of each character: see [Table.Read].
func (t *Table) FoldAndRead(text string) (folded []rune, readings [][]string) {
	return t.fold(text, true)
}

func (t *Table) fold(text string, read bool) (folded []rune, readings [][]string) {
	folded = make([]rune, 0, len(text))
	// Unassigned accents are parted from their letters and dropped: ü becomes u.
	for _, r := range norm.NFKD.String(text) {
		switch {
		case unicode.IsSpace(r), unicode.IsControl(r), unicode.Is(unicode.Mn, r), r == '\'', r == '’', r == '‘', r == '\u200b', r == '\ufeff':
			continue
		}
		r = unicode.ToLower(r)
		if read {
			readings = append(readings, t.Read(r))
		}
		if simple, ok := t.simplified[r]; ok {
			r = simple
		}
		folded = append(folded, r)
	}
	return folded, readings
}

// Read returns the readings of a character, in small letters without tones, the
// likeliest first, ü written as u as well as v; of a letter or digit itself;
// and nothing of any other character.
func (t *Table) Read(r rune) []string {
	if r < utf8.RuneSelf {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return []string{string(r)}
		}
		return nil
	}
	readings := slices.Clone(t.local[r])
	add := func(s string) {
		if isSyllable(s) && !slices.Contains(readings, s) {
			readings = append(readings, s)
		}
	}
	if all := pinyin.PinyinDict[int(r)]; all != "" {
		for one := range strings.SplitSeq(all, ",") {
			one = t.plain.Replace(one)
			add(one)
			if strings.Contains(one, "v") {
				add(strings.ReplaceAll(one, "v", "u"))
			}
		}
	}
	return readings
}
