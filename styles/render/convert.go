package render

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// converters make a value be of a kind, or a failure: the assertions and
// coercions that the specification makes by itself.
var converters = [...]func(value) value{
	anyKind:     nil,
	numberKind:  assertKind(numberKind),
	stringKind:  assertKind(stringKind),
	booleanKind: assertKind(booleanKind),
	listKind:    assertKind(listKind),
	colourKind:  toColour,
	textKind:    toText,
}

func assertKind(want kind) func(value) value {
	return func(v value) value {
		if _, failed := v.(failure); failed || kindOf(v) == want {
			return v
		}
		return failure(fmt.Sprintf("%.60v is not a %s", v, want))
	}
}

func toColour(v value) value {
	switch v := v.(type) {
	case Colour, failure:
		return v
	case string:
		if c, ok := parseColour(v); ok {
			return c
		}
	case []any:
		if c, ok := listColour(v); ok {
			return c
		}
	}
	return failure(fmt.Sprintf("%.60v is not a color", v))
}

// listColour reads [r, g, b] or [r, g, b, a] with 0 to 255 and 0 to 1.
func listColour(list []any) (Colour, bool) {
	n := [4]float64{0, 0, 0, 1}
	if len(list) != 3 && len(list) != 4 {
		return Colour{}, false
	}
	for i, v := range list {
		f, ok := v.(float64)
		if !ok || f < 0 || (i < 3 && f > 255) || (i == 3 && f > 1) {
			return Colour{}, false
		}
		n[i] = f
	}
	return Colour{n[0] / 255, n[1] / 255, n[2] / 255, n[3]}, true
}

// toText is the specification's to-string.
func toText(v value) value {
	switch v := v.(type) {
	case nil:
		return ""
	case failure, string:
		return v
	case float64:
		return numberText(v)
	case bool:
		return strconv.FormatBool(v)
	case Colour:
		return v.String()
	}
	text, err := json.Marshal(v)
	if err != nil {
		return failure("no text")
	}
	return string(text)
}

// numberText writes a number as JavaScript does.
func numberText(v float64) string {
	if v == float64(int64(v)) && v < 1e15 && v > -1e15 {
		return strconv.FormatInt(int64(v), 10)
	}
	if abs := max(v, -v); abs >= 1e21 || abs < 1e-6 {
		text := strconv.FormatFloat(v, 'e', -1, 64)
		mantissa, exponent, _ := strings.Cut(text, "e")
		sign := exponent[:1]
		return mantissa + "e" + sign + strings.TrimLeft(exponent[1:], "0")
	}
	return strconv.FormatFloat(v, 'f', -1, 64)
}

func toNumber(v value) value {
	switch v := v.(type) {
	case nil:
		return 0.
	case float64, failure:
		return v
	case bool:
		if v {
			return 1.
		}
		return 0.
	case string:
		if strings.TrimSpace(v) == "" {
			return 0.
		}
		if n, err := strconv.ParseFloat(strings.TrimSpace(v), 64); err == nil {
			return numeric(n)
		}
	}
	return failure(fmt.Sprintf("%.60v is not a number", v))
}

func toBoolean(v value) value {
	switch v := v.(type) {
	case nil:
		return false
	case bool, failure:
		return v
	case float64:
		return v != 0 && v == v
	case string:
		return v != ""
	}
	return true
}
