package products

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// Input is a product as somebody sends it.
type Input struct {
	ID       string  `json:"id,omitempty"`
	Content  Content `json:"content"`
	Revision int     `json:"revision,omitempty"` // that who changes it has seen
	Why      string  `json:"why,omitempty"`
}

// MostBytes is the longest text of a product.
const MostBytes = 256 << 10

// ReadInput reads a product from JSON. What isn't known, and a value of another
// type, is a [ContentError].
func ReadInput(text []byte) (in Input, err error) {
	return in, read(text, &in)
}

// Move asks for a step.
type Move struct {
	To       State  `json:"to"`
	Why      string `json:"reason"`
	Revision int    `json:"revision"` // of the product that who asks has seen
}

// ReadMove reads a step from JSON.
func ReadMove(text []byte) (m Move, err error) {
	return m, read(text, &m)
}

// read reads one JSON object and nothing else, and names the member that is wrong.
func read(text []byte, into any) error {
	if len(text) > MostBytes {
		return &ContentError{"(body)", "", fmt.Sprintf("不得超过 %d KiB", MostBytes>>10), fmt.Sprintf("must have at most %d KiB", MostBytes>>10)}
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	err := decoder.Decode(into)
	if err == nil {
		if _, more := decoder.Token(); errors.Is(more, io.EOF) {
			return nil
		}
		return &ContentError{"(body)", "", "JSON 对象之后还有内容", "there is something after the object"}
	}
	var kind *json.UnmarshalTypeError
	if errors.As(err, &kind) && kind.Field != "" {
		return &ContentError{kind.Field, kind.Value, "类型不对，应为 " + kind.Type.String(), "is of the wrong type, must be " + kind.Type.String()}
	}
	if name, ok := strings.CutPrefix(err.Error(), "json: unknown field "); ok {
		return &ContentError{strings.Trim(name, `"`), "", "未知成员", "unknown member"}
	}
	return &ContentError{"(body)", "", "应为一个 JSON 对象：" + err.Error(), "must be a JSON object: " + err.Error()}
}
