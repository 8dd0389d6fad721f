package importers

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"

	"onemap/importers/gdal"
)

// Charset is a text encoding that files come in.
type Charset struct {
	Name string            // as "UTF-8" or "GB18030"
	code encoding.Encoding // nil for UTF-8

	unwrap bool // the bytes were taken for Latin-1 and recoded to UTF-8 on their way
}

var (
	charsetUTF8    = Charset{Name: "UTF-8"}
	charsetGB18030 = Charset{Name: "GB18030", code: simplifiedchinese.GB18030} // reads GB 2312 and GBK too
	charsetBig5    = Charset{Name: "Big5", code: traditionalchinese.Big5}
)

// parseCharset reads an encoding's name as a .cpg file, a person or a code page
// number gives it. The zero Charset is for names that carry no evidence: western
// ones, which tools write by default over any text.
func parseCharset(name string) (Charset, bool) {
	short := strings.ToUpper(strings.NewReplacer("-", "", "_", "", " ", "", "ANSI", "", "OEM", "", "CP", "").Replace(strings.TrimSpace(name)))
	switch short {
	case "UTF8", "65001", "65000":
		return charsetUTF8, true
	case "GBK", "GB2312", "GB18030", "936", "54936", "EUCCN", "MS936", "WINDOWS936", "HZGB2312", "CHINESE":
		return charsetGB18030, true
	case "BIG5", "950", "MS950", "WINDOWS950", "BIG5HKSCS":
		return charsetBig5, true
	case "", "1252", "WINDOWS1252", "88591", "ISO88591", "LATIN1", "437", "850", "ASCII", "USASCII":
		return Charset{}, true
	}
	code, err := htmlindex.Get(strings.TrimSpace(name))
	if err != nil {
		return Charset{}, false
	}
	return Charset{Name: strings.TrimSpace(name), code: code}, true
}

// languageCharset is what the language driver id in a DBF header says.
func languageCharset(id byte) Charset {
	switch id {
	case 0x4d, 0x7a:
		return charsetGB18030
	case 0x4f, 0x78, 0x79:
		return charsetBig5
	default: // 0x57 is what ArcGIS writes over any text, 0 is nothing
		return Charset{}
	}
}

// decode returns the text of b, without a character that was cut off at its
// end; cut says whether there was one. Bytes that aren't text are not ok: no
// U+FFFD is ever made of them.
func (c Charset) decode(b []byte) (text string, cut, ok bool) {
	if isASCII(b) {
		return string(b), false, true
	}
	if c.unwrap {
		b = unwrapped(b)
	}
	if c.code == nil {
		if utf8.Valid(b) {
			return string(b), false, true
		}
		if n := cutUTF8(b); n > 0 && utf8.Valid(b[:len(b)-n]) {
			return string(b[:len(b)-n]), true, true
		}
		return "", false, false
	}
	for n := 0; n <= 3 && n < len(b); n++ {
		decoded, err := c.code.NewDecoder().Bytes(b[:len(b)-n])
		if err == nil && !bytes.ContainsRune(decoded, utf8.RuneError) {
			return string(decoded), n > 0, true
		}
	}
	return "", false, false
}

func isASCII(b []byte) bool {
	for _, c := range b {
		if c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// cutUTF8 returns how many bytes at the end begin a character and don't end it.
func cutUTF8(b []byte) int {
	for n := 1; n <= 3 && n <= len(b); n++ {
		if c := b[len(b)-n]; utf8.RuneStart(c) {
			if c >= 0xc2 && !utf8.FullRune(b[len(b)-n:]) {
				return n
			}
			return 0
		}
	}
	return 0
}

// validGB reports whether b is well-formed GB18030, but for a character cut off
// at its end.
func validGB(b []byte) bool {
	for i := 0; i < len(b); {
		switch c := b[i]; {
		case c < 0x80:
			i++
		case c == 0x80 || c == 0xff:
			return false
		case i+1 == len(b):
			return true
		case b[i+1] >= 0x40 && b[i+1] != 0x7f && b[i+1] != 0xff:
			i += 2
		case b[i+1] >= '0' && b[i+1] <= '9':
			if i+2 < len(b) && (b[i+2] < 0x81 || b[i+2] == 0xff) || i+3 < len(b) && (b[i+3] < '0' || b[i+3] > '9') {
				return false
			}
			i += 4
		default:
			return false
		}
	}
	return true
}

// validBig5 reports whether b is made like Big5, but for a character cut off at
// its end.
func validBig5(b []byte) bool {
	for i := 0; i < len(b); i++ {
		switch c := b[i]; {
		case c < 0x80:
		case c == 0x80 || c == 0xff:
			return false
		case i+1 == len(b):
			return true
		default:
			if i++; b[i] < 0x40 || b[i] > 0x7e && b[i] < 0xa1 || b[i] == 0xff {
				return false
			}
		}
	}
	return true
}

// evidence is what a file's own bytes say about their encoding.
type evidence struct {
	texts    int // values and names with bytes beyond ASCII
	utf8     int // of those, well-formed UTF-8
	gb       int // of those, well-formed GB18030
	big5     int // of those, well-formed Big5
	wide     int // characters of three or four bytes, read as UTF-8
	narrow   int // characters of two bytes, read as UTF-8: rare in Chinese
	pairs    int // pairs of bytes, read as GBK
	everyday int // of those, both beyond 0xA0
	example  []byte
}

// add takes a text into account.
func (e *evidence) add(b []byte) {
	if isASCII(b) {
		return
	}
	e.texts++
	if whole := b[:len(b)-cutUTF8(b)]; utf8.Valid(whole) {
		e.utf8++
		for rest := whole; len(rest) > 0; {
			_, n := utf8.DecodeRune(rest)
			rest = rest[n:]
			switch {
			case n >= 3:
				e.wide++
			case n == 2:
				e.narrow++
			}
		}
	}
	if validBig5(b) {
		e.big5++
	}
	if validGB(b) {
		e.gb++
		e.countPairs(b)
	}
	if e.utf8 < e.texts && e.gb < e.texts && e.example == nil {
		e.example = bytes.Clone(b)
	}
}

func (e *evidence) countPairs(b []byte) {
	for i := 0; i+1 < len(b); i++ {
		if b[i] >= 0x80 {
			e.pairs++
			if b[i] > 0xa0 && b[i+1] > 0xa0 {
				e.everyday++
			}
			i++
		}
	}
}

// isGB2312 reports whether the texts are as GB 2312's, the characters of everyday
// Chinese: each of two bytes beyond 0xA0. Big5 has such pairs too, but half of
// its characters aren't.
func (e *evidence) isGB2312() bool { return e.pairs >= 4 && e.pairs == e.everyday }

// isUTF8 reports whether the texts are UTF-8 beyond reasonable doubt: all of
// them well-formed, with characters that Chinese has. A few GBK words are
// well-formed by chance, but then read as Latin or Cyrillic letters.
func (e *evidence) isUTF8() bool { return e.texts > 0 && e.utf8 == e.texts && e.wide > e.narrow }

// Encoding is the decision on a file's text encoding.
type Encoding struct {
	Name string `json:"name"`   // as "GB18030"
	ZH   string `json:"why"`    // the evidence, Chinese
	EN   string `json:"why_en"` // the same in English
}

// declared are an encoding's claims, from the strongest: a person's, the .cpg's,
// an XML declaration's, MapInfo's and the DBF header's.
type declared struct {
	option string // --encoding
	cpg    string // content of the .cpg file
	xml    string // encoding of an XML declaration
	ldid   byte   // language driver id of the DBF header

	mapInfo string // charset of a MapInfo file
}

// decideEncoding weighs claims against bytes: a person is believed; a .cpg and
// then the header's language id are believed unless the bytes contradict them;
// then bytes that are well-formed UTF-8 are that, and others GB18030.
func decideEncoding(d declared, e *evidence) (Charset, Encoding, error) {
	if d.option != "" {
		c, ok := parseCharset(d.option)
		if !ok || c.Name == "" {
			return Charset{}, Encoding{}, problem(ErrEncoding,
				"不认识编码 %[1]q；--encoding 可用 UTF-8、GB18030（含 GBK）、Big5",
				"encoding %[1]q is not known; --encoding takes UTF-8, GB18030 (GBK included) and Big5", d.option)
		}
		return c, Encoding{c.Name, "由 --encoding 指定", "named by --encoding"}, nil
	}
	if e.texts == 0 {
		return charsetUTF8, Encoding{charsetUTF8.Name, "文本全部为 ASCII", "all text is ASCII"}, nil
	}
	against, againstEN := "", ""
	for _, claim := range []struct {
		charset Charset
		by      string
	}{{cpgCharset(d.cpg), ".cpg"}, {cpgCharset(d.xml), "XML"}, {cpgCharset(mapInfoCharsets[strings.ToLower(d.mapInfo)]), "MapInfo Charset " + d.mapInfo}, {languageCharset(d.ldid), fmt.Sprintf("DBF LDID 0x%02X", d.ldid)}} {
		switch c := claim.charset; {
		case c.Name == "":
		case e.fits(c):
			return c, Encoding{c.Name, claim.by + " 声明，与内容相符", claim.by + " says so, and the bytes agree"}, nil
		default:
			against += "；" + claim.by + " 声明 " + c.Name + "，与内容不符，未采用"
			againstEN += "; " + claim.by + " says " + c.Name + ", which the bytes contradict"
		}
	}
	switch {
	case e.isUTF8():
		return charsetUTF8, Encoding{charsetUTF8.Name, "内容是完好的 UTF-8" + against, "the bytes are well-formed UTF-8" + againstEN}, nil
	case e.gb == e.texts:
		return charsetGB18030, Encoding{charsetGB18030.Name, "内容符合 GB18030（GBK）" + against, "the bytes are well-formed GB18030 (GBK)" + againstEN}, nil
	case e.utf8 > e.gb:
		return charsetUTF8, Encoding{charsetUTF8.Name, "内容大多是 UTF-8，个别文本损坏" + against, "most of the bytes are UTF-8, some are damaged" + againstEN}, nil
	case e.gb > e.texts/2:
		return charsetGB18030, Encoding{charsetGB18030.Name, "内容大多符合 GB18030，个别文本损坏" + against, "most of the bytes are GB18030, some are damaged" + againstEN}, nil
	default:
		return Charset{}, Encoding{}, problem(ErrEncoding,
			"无法判断文字编码：既不是 UTF-8 也不是 GBK（例如字节 % [1]x）；请用 --encoding 指定",
			"the text encoding can't be told: it is neither UTF-8 nor GBK (bytes % [1]x, for one); name it with --encoding", clipBytes(e.example))
	}
}

func cpgCharset(text string) Charset {
	c, _ := parseCharset(strings.Trim(text, "\x00\ufeff \t\r\n"))
	return c
}

// fits reports whether the texts can be of the encoding. Text that is UTF-8
// beyond doubt is nothing else, whatever a file says about itself.
func (e *evidence) fits(c Charset) bool {
	switch c.Name {
	case charsetUTF8.Name:
		return e.utf8 == e.texts
	case charsetGB18030.Name:
		return e.gb == e.texts && !e.isUTF8()
	case charsetBig5.Name:
		return e.big5 == e.texts && !e.isUTF8() && !e.isGB2312()
	default: // any byte is text in most of them: they are believed where nothing else fits
		return e.utf8 < e.texts && e.gb < e.texts
	}
}

func clipBytes(b []byte) []byte { return b[:min(len(b), 24)] }

// unwrapped undoes the recoding from Latin-1 to UTF-8, or returns b as it is.
func unwrapped(b []byte) []byte {
	plain := make([]byte, 0, len(b))
	for _, r := range string(b) {
		if r > 0xff {
			return b
		}
		plain = append(plain, byte(r))
	}
	return plain
}

// scanDrawing reads the texts of a drawing. Where it has no header its reader
// takes them for Latin-1; that is undone.
func (s *source) scanDrawing() (evidence, bool, error) {
	e, err := s.scanValues(func(b []byte) []byte { return b })
	if err != nil || e.texts == 0 || e.utf8 < e.texts || e.wide > 0 {
		return e, false, err
	}
	e, err = s.scanValues(unwrapped)
	return e, true, err
}

// scanValues reads all texts of a layer once for their encoding: formats whose
// files name a code page that their writer may not have kept to.
func (s *source) scanValues(of func([]byte) []byte) (evidence, error) {
	var e evidence
	var fields []int
	for i, f := range s.layer.Fields {
		e.add([]byte(f.Name))
		if f.Type == gdal.String {
			fields = append(fields, i)
		}
	}
	reader, err := s.file.Read(s.index, fields)
	if err != nil {
		return e, s.explainRead(err)
	}
	defer reader.Close()
	for {
		batch, err := reader.Next(batchRows, batchBytes)
		if errors.Is(err, io.EOF) {
			return e, nil
		}
		if err != nil {
			return e, s.explainRead(err)
		}
		_ = batch.Each(func(_ []byte, values []gdal.Value) error { // the function gives no error
			for _, v := range values {
				e.add(of(v.Text))
			}
			return nil
		})
	}
}
