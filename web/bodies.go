package web

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// largeBody is a body that is longer than what is read.
type largeBody struct{ most int64 } // bytes

func (e *largeBody) Error() string {
	return fmt.Sprintf("the body has more than %s: simplify, or send it in parts", byteSize(e.most))
}

func (e *largeBody) Unwrap() error { return errTooLarge }

// byteSize writes a number of bytes as people do.
func byteSize(n int64) string {
	switch {
	case n >= 1<<20 && n%(1<<20) == 0:
		return strconv.FormatInt(n>>20, 10) + " MiB"
	case n >= 1<<10 && n%(1<<10) == 0:
		return strconv.FormatInt(n>>10, 10) + " KiB"
	}
	return strconv.FormatInt(n, 10) + " B"
}

// readBody reads a body to its end; one that is too large is an [errTooLarge].
func readBody(body io.Reader) ([]byte, error) {
	text, err := io.ReadAll(body)
	return text, bodyError(err)
}

func bodyError(err error) error {
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return &largeBody{large.Limit}
	case errors.Is(err, io.ErrUnexpectedEOF):
		return &paramError{"(body)", "", "请求体不完整", "the body was cut off"}
	}
	return err
}

// readObject reads a body of at most so many bytes, one JSON object whose members
// are those of the struct that into points to. Of one that says to be longer
// nothing is read.
func readObject(w http.ResponseWriter, r *http.Request, most int64, into any) error {
	if r.ContentLength > most {
		return &largeBody{most}
	}
	text, err := readBody(http.MaxBytesReader(w, r.Body, most))
	if err != nil {
		return err
	}
	return decodeObject(text, into)
}

// decodeObject reads a JSON object of known members, with nothing behind it. What is
// wrong is told as a [paramError] of the member, or of "(body)".
func decodeObject(text []byte, into any) error {
	known := membersOf(reflect.TypeOf(into).Elem())
	whole := func(zh, en string) error {
		return &paramError{
			"(body)", fmt.Sprintf("%.40s", text), zh + "；应为 JSON 对象，成员：" + strings.Join(known, "、"),
			en + "; it must be a JSON object of " + strings.Join(known, ", "),
		}
	}
	text = bytes.TrimSpace(text)
	switch {
	case len(text) == 0:
		return whole("请求体为空", "the body is empty")
	case !utf8.Valid(text):
		return whole("请求体不是 UTF-8 文字", "the body is no text in UTF-8")
	case text[0] != '{':
		return whole("请求体不是 JSON 对象", "the body is no JSON object")
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	err := decoder.Decode(into)
	var kind *json.UnmarshalTypeError
	name, unknown := unknownMember(err)
	switch {
	case unknown:
		return &paramError{name, "", "未知成员；可用：" + strings.Join(known, "、"), "unknown member; known are: " + strings.Join(known, ", ")}
	case errors.As(err, &kind) && kind.Field != "":
		return &paramError{memberOf(reflect.TypeOf(into).Elem(), kind.Field), kind.Value, "类型不符，应为 " + kindZH(kind.Type), "is of the wrong kind, must be " + kindEN(kind.Type)}
	case err != nil:
		return whole("请求体不是所需的 JSON（"+err.Error()+"）", "the body is not the JSON that is needed: "+err.Error())
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return whole("JSON 对象之后还有内容", "something follows the object")
	}
	return withoutNUL(text)
}

// withoutNUL refuses texts with the character U+0000, which the database can't keep.
func withoutNUL(object []byte) error {
	if !hasNUL(object) {
		return nil
	}
	return &paramError{placeOfNUL(object), "\\u0000", "不得含空字符（\\u0000）；请去掉", "must have no NUL (\\u0000); take it out"}
}

// placeOfNUL names the member, or the element of a member, that has a NUL.
func placeOfNUL(object []byte) string {
	var members map[string]json.RawMessage
	if json.Unmarshal(object, &members) != nil {
		return "(body)"
	}
	for name, value := range members {
		if !hasNUL(value) {
			continue
		}
		var elements []json.RawMessage
		if json.Unmarshal(value, &elements) == nil {
			return fmt.Sprintf("%s[%d]", name, slices.IndexFunc(elements, func(e json.RawMessage) bool { return hasNUL(e) }))
		}
		return name
	}
	return "(body)" // in a name that stands for nothing
}

// hasNUL tells whether a JSON text has an escaped NUL; a bare one is no JSON.
func hasNUL(text []byte) bool {
	const escaped = `\u0000`
	for from := 0; ; from += len(escaped) {
		i := bytes.Index(text[from:], []byte(escaped))
		if i < 0 {
			return false
		}
		from += i
		before := 0
		for before < from && text[from-1-before] == '\\' {
			before++
		}
		if before%2 == 0 { // else it is a backslash and the letters u0000
			return true
		}
	}
}

// deepestGeometry is how deep objects and arrays may lie in one another in a geometry:
// a feature of collections of multi-polygons needs a dozen.
const deepestGeometry = 32

// nested tells how deep objects and arrays lie in one another in a JSON text. What
// unpacks collections one in the other reads the innermost as often as it is deep.
func nested(text []byte) (deepest int) {
	depth, quoted := 0, false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '[' || c == '{':
			depth++
			deepest = max(deepest, depth)
		case c == ']' || c == '}':
			depth--
		}
	}
	return deepest
}

// membersOf lists the members of a JSON object that is read into a struct.
func membersOf(t reflect.Type) (names []string) {
	for i := range t.NumField() {
		field := t.Field(i)
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		switch {
		case field.Anonymous && name == "":
			names = append(names, membersOf(field.Type)...)
		case name != "-" && name != "" && !slices.Contains(names, name):
			names = append(names, name)
		}
	}
	return names
}

// memberOf is a member as the sender knows it: encoding/json puts the name of an
// embedded struct before those of its members.
func memberOf(t reflect.Type, path string) string {
	for i := range t.NumField() {
		if field := t.Field(i); field.Anonymous {
			if inside, ok := strings.CutPrefix(path, field.Name+"."); ok {
				return inside
			}
		}
	}
	return path
}

// kindZH and kindEN say what a member must be, in the words of JSON.
func kindZH(t reflect.Type) string { zh, _ := kindWords(t); return zh }
func kindEN(t reflect.Type) string { _, en := kindWords(t); return en }

func kindWords(t reflect.Type) (zh, en string) {
	switch t.Kind() {
	case reflect.Pointer:
		return kindWords(t.Elem())
	case reflect.Bool:
		return "true 或 false", "true or false"
	case reflect.String:
		return "文字", "a text"
	case reflect.Slice, reflect.Array:
		return "数组", "an array"
	case reflect.Struct, reflect.Map:
		return "对象", "an object"
	case reflect.Float32, reflect.Float64:
		return "数", "a number"
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64, reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return "整数", "a whole number"
	}
	return t.String(), t.String()
}

// unknownMember is the name that encoding/json found to be no member of an object.
func unknownMember(err error) (name string, unknown bool) {
	if err == nil {
		return "", false
	}
	quoted, unknown := strings.CutPrefix(err.Error(), "json: unknown field ")
	if name, err = strconv.Unquote(quoted); err != nil {
		return quoted, unknown
	}
	return name, unknown
}
