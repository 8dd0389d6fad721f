package layers

import (
	"errors"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"onemap/access"
)

func TestParseConditions(t *testing.T) {
	got, err := ParseConditions(`[["a","in",["1",2]],["b",">=",1.50],["c","empty"],["d","=",true]]`)
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != 4 || got[0].Values[1] != "2" || got[1].Values[0] != "1.50" || got[3].Values[0] != "true" {
		t.Errorf("got %+v", got)
	}
	for sentence, text := range map[string]string{
		"no JSON":               `dlbm=0101`,
		"an object":             `{"a":1}`,
		"more after the list":   `[] []`,
		"a field alone":         `[["a"]]`,
		"a number as field":     `[[1,"=","x"]]`,
		"a value of null":       `[["a","=",null]]`,
		"a nested value":        `[["a","in",[["x"]]]]`,
		"in without a value":    `[["a","in",[]]]`,
		"empty with a value":    `[["a","empty","x"]]`,
		"equal to several":      `[["a","=",["x","y"]]]`,
		"a zero byte":           `[["a","=","x\u0000"]]`,
		"a value too long":      `[["a","=","` + strings.Repeat("长", 201) + `"]]`,
		"too many conditions":   `[` + strings.Repeat(`["a","=","x"],`, 12) + `["a","=","x"]]`,
		"too many values in in": `[["a","in",[` + strings.Repeat(`1,`, 200) + `1]]]`,
	} {
		if _, err := ParseConditions(text); !errors.Is(err, ErrCondition) {
			t.Errorf("%s: %v", sentence, err)
		}
	}
}

func TestConditionsKeepToTheirTypes(t *testing.T) {
	for sentence, one := range map[string]struct {
		kind FieldType
		c    Condition
	}{
		"a word is no integer":         {Integer, Condition{"f", Equal, []string{"x"}}},
		"nor is one too large":         {Integer, Condition{"f", Equal, []string{"9223372036854775808"}}},
		"infinity is no number":        {Decimal, Condition{"f", Less, []string{"Infinity"}}},
		"nor is NaN":                   {Real, Condition{"f", Less, []string{"NaN"}}},
		"nor a hexadecimal one":        {Real, Condition{"f", Less, []string{"0x1p4"}}},
		"February has no 30th":         {Date, Condition{"f", More, []string{"2026-02-30"}}},
		"yes is no boolean":            {Boolean, Condition{"f", Equal, []string{"yes"}}},
		"numbers contain nothing":      {Integer, Condition{"f", Contains, []string{"1"}}},
		"there is no test of likeness": {Text, Condition{"f", "like", []string{"%"}}},
	} {
		if _, _, err := one.c.sql(Field{Name: "f", Type: one.kind}, "v"); !errors.Is(err, ErrCondition) {
			t.Errorf("%s: %v", sentence, err)
		}
	}
}

func TestMaskedFieldsCannotBeAsked(t *testing.T) {
	fields := []Field{{Name: "owner", Type: Text, Personal: Owner}, {Name: `na"me`, Type: Text}}
	l := Layer{Definition: Definition{ID: "house", Fields: fields}, Columns: Definition{Fields: fields}, Published: &Version{Number: 1}}
	ctx := access.With(t.Context(), access.Anonymous())
	if _, _, err := l.conditions(ctx, []Condition{{"owner", Begins, []string{"张"}}}); !errors.Is(err, ErrCondition) {
		t.Errorf("a masked field: %v", err)
	}
	sql, args, err := l.conditions(ctx, []Condition{{`na"me`, Equal, []string{"' OR true --"}}, {`na"me`, FilledValue, nil}})
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(sql, "OR true") || !strings.Contains(sql, `"f"."na""me"`) {
		t.Errorf("values are not bound: %s", sql)
	}
	if want := (pgx.StrictNamedArgs{"value0": "' OR true --"}); len(args) != 1 || args["value0"] != want["value0"] {
		t.Errorf("args %v", args)
	}
}
