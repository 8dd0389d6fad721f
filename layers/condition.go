package layers

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"
)

// ErrCondition reports a condition that cannot be asked: no such field, no such
// comparison, a value that is none of the field's type, or too many of them.
var ErrCondition = errors.New("layers: condition")

// The bounds of a list of conditions.
const (
	maxConditions      = 12
	maxConditionValues = 200
	maxConditionText   = 200 // characters of one value
)

// Condition is a comparison of one field.
type Condition struct {
	Field  string
	Test   Test
	Values []string // one; several for OneOf, none for Empty and Filled
}

// Test is what a condition asks of a value.
type Test string

// The tests that a condition can make. Contains and Begins are of texts.
const (
	Equal       Test = "="
	NotEqual    Test = "!=" // has another value, or none
	Less        Test = "<"
	LessEqual   Test = "<="
	More        Test = ">"
	MoreEqual   Test = ">="
	OneOf       Test = "in"
	Contains    Test = "contains" // whatever the case
	Begins      Test = "begins"
	EmptyValue  Test = "empty" // no value, or a text of blanks
	FilledValue Test = "filled"
)

// ParseConditions reads conditions as JSON, [["dlbm", "in", ["0101", "0102"]],
// ["tbmj", ">=", 100]]: field, test and value. "" is none. What is not of that form,
// or too long, is an [ErrCondition].
func ParseConditions(text string) ([]Condition, error) {
	if text == "" {
		return nil, nil
	}
	var parts [][]any
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	if err := decoder.Decode(&parts); err != nil {
		return nil, fmt.Errorf("%w: %.100q is no list of [field, test, value]", ErrCondition, text)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) || len(parts) > maxConditions {
		return nil, fmt.Errorf("%w: one list of at most %d conditions", ErrCondition, maxConditions)
	}
	conditions := make([]Condition, len(parts))
	for i, part := range parts {
		var err error
		if conditions[i], err = parseCondition(part); err != nil {
			return nil, err
		}
	}
	return conditions, nil
}

func parseCondition(part []any) (c Condition, err error) {
	if len(part) != 2 && len(part) != 3 {
		return c, fmt.Errorf("%w: %d members instead of [field, test, value]", ErrCondition, len(part))
	}
	field, isField := part[0].(string)
	test, isTest := part[1].(string)
	if !isField || !isTest {
		return c, fmt.Errorf("%w: field and test must be texts", ErrCondition)
	}
	c.Field, c.Test = field, Test(test)
	var values []any
	if len(part) == 3 {
		if list, several := part[2].([]any); several {
			values = list
		} else {
			values = part[2:]
		}
	}
	if len(values) > maxConditionValues {
		return c, fmt.Errorf("%w: %d values, at most %d", ErrCondition, len(values), maxConditionValues)
	}
	for _, v := range values {
		text, err := valueText(v)
		if err != nil {
			return c, err
		}
		c.Values = append(c.Values, text)
	}
	switch c.Test {
	case EmptyValue, FilledValue:
		if len(c.Values) != 0 {
			return c, fmt.Errorf("%w: %s takes no value", ErrCondition, c.Test)
		}
	case OneOf:
		if len(c.Values) == 0 {
			return c, fmt.Errorf("%w: in takes one value or more", ErrCondition)
		}
	default:
		if len(c.Values) != 1 {
			return c, fmt.Errorf("%w: %.20s takes one value", ErrCondition, c.Test)
		}
	}
	return c, nil
}

func valueText(v any) (string, error) {
	var text string
	switch v := v.(type) {
	case string:
		text = v
	case json.Number:
		text = v.String()
	case bool:
		text = strconv.FormatBool(v)
	default:
		return "", fmt.Errorf("%w: a value must be a text, a number, true or false", ErrCondition)
	}
	if utf8.RuneCountInString(text) > maxConditionText || bytes.IndexByte([]byte(text), 0) >= 0 {
		return "", fmt.Errorf("%w: a value has at most %d characters", ErrCondition, maxConditionText)
	}
	return text, nil
}

// typeSQL is the PostgreSQL type that a field's values are compared as.
var typeSQL = map[FieldType]string{Text: "text", Integer: "bigint", Real: "float8", Decimal: "numeric", Date: "date", Time: "timestamptz", Boolean: "boolean"}

// sql is the condition on a field, and the value to bind under a name, nil where it has none.
func (c Condition) sql(f Field, name string) (string, any, error) {
	column := pgx.Identifier{"f", f.Name}.Sanitize()
	for _, v := range c.Values {
		if !ofType(v, f.Type) {
			return "", nil, fmt.Errorf("%w: %.60q is no %s, which %s holds", ErrCondition, v, f.Type, f.Name)
		}
	}
	kind := typeSQL[f.Type]
	switch c.Test {
	case Equal, Less, LessEqual, More, MoreEqual:
		return fmt.Sprintf("%s %s @%s::text::%s", column, c.Test, name, kind), c.Values[0], nil
	case NotEqual:
		return fmt.Sprintf("%s IS DISTINCT FROM @%s::text::%s", column, name, kind), c.Values[0], nil
	case OneOf:
		return fmt.Sprintf("%s = ANY(@%s::text[]::%s[])", column, name, kind), c.Values, nil
	case EmptyValue:
		return fmt.Sprintf("coalesce(btrim(%s::text), '') = ''", column), nil, nil
	case FilledValue:
		return fmt.Sprintf("coalesce(btrim(%s::text), '') <> ''", column), nil, nil
	case Contains, Begins:
		if f.Type != Text {
			return "", nil, fmt.Errorf("%w: %s is of texts, and %s is none", ErrCondition, c.Test, f.Name)
		}
		if c.Test == Begins {
			return fmt.Sprintf("starts_with(%s, @%s::text)", column, name), c.Values[0], nil
		}
		return fmt.Sprintf("strpos(lower(%s), lower(@%s::text)) > 0", column, name), c.Values[0], nil
	default:
		return "", nil, fmt.Errorf("%w: no test %.20q; there are = != < <= > >= in contains begins empty filled", ErrCondition, c.Test)
	}
}

// ofType tells whether PostgreSQL will take the text for a value of the type.
func ofType(text string, kind FieldType) bool {
	var err error
	switch kind {
	case Integer:
		_, err = strconv.ParseInt(text, 10, 64)
	case Real, Decimal:
		var n float64
		if n, err = strconv.ParseFloat(text, 64); err == nil && (n != n || strings.ContainsAny(text, "xXpP_iI")) {
			return false // NaN, Inf and hexadecimal forms
		}
	case Date:
		_, err = time.Parse(time.DateOnly, text)
	case Time:
		_, err = time.Parse(time.RFC3339, text)
	case Boolean:
		return text == "true" || text == "false"
	}
	return err == nil
}
