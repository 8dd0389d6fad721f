package redline_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"
	"testing"

	"github.com/paulmach/orb"
	"golang.org/x/text/encoding/simplifiedchinese"

	"onemap/importers/redline"
)

const text = "[属性描述]\r\n" +
	"格式版本号=1.01版本\r\n" +
	"数据产生单位=云浮市测绘院\r\n" +
	"坐标系=2000国家大地坐标系\r\n" +
	"几度分带=3\r\n" +
	"投影类型=高斯克吕格\r\n" +
	"计量单位=米\r\n" +
	"带号=37\r\n" +
	"精度=0.001\r\n" +
	"转换参数=,,,,,,\r\n" +
	"[地块坐标]\r\n" +
	"10,0.9600,DK1,一号地块,面,F49G050040,建设用地,0701,@\r\n" +
	"J1,1,2536000.000,37606000.000\r\n" +
	"J2,1,2536100.000,37606000.000\r\n" +
	"J3,1,2536100.000,37606100.000\r\n" +
	"J4,1,2536000.000,37606100.000\r\n" +
	"J1,1,2536000.000,37606000.000\r\n" +
	"J5,2,2536040.000,37606040.000\r\n" +
	"J6,2,2536060.000,37606040.000\r\n" +
	"J7,2,2536060.000,37606060.000\r\n" +
	"J8,2,2536040.000,37606060.000\r\n" +
	"J5,2,2536040.000,37606040.000\r\n" +
	"4,0.0050,DK2,二号地块,面,,道路,1003,备注,@\r\n" +
	"J1,1,2536200.5,37606000.5\r\n" +
	"J2,1,2536210.5,37606000.5\r\n" +
	"J3,1,2536210.5,37606010.5\r\n" +
	"J1,1,2536200.5,37606000.5\r\n"

func read(r io.Reader, decode func([]byte) (string, bool)) (redline.Header, []redline.Plot, error) {
	d, err := redline.NewReader(r, decode)
	if err != nil {
		return nil, nil, err
	}
	var all []redline.Plot
	for {
		p, err := d.Next()
		if errors.Is(err, io.EOF) {
			return d.Header, all, nil
		}
		if err != nil {
			return nil, nil, err
		}
		all = append(all, p)
	}
}

func each(all []redline.Plot) iter.Seq2[redline.Plot, error] {
	return func(yield func(redline.Plot, error) bool) {
		for _, p := range all {
			if !yield(p, nil) {
				return
			}
		}
	}
}

func fromGB(b []byte) (string, bool) {
	s, err := simplifiedchinese.GB18030.NewDecoder().Bytes(b)
	return string(s), err == nil && !bytes.ContainsRune(s, '\uFFFD')
}

func TestTextInIsTextOut(t *testing.T) {
	header, all, err := read(strings.NewReader("\ufeff"+text), nil)
	if err != nil {
		t.Fatal(err)
	}
	var utf, gb bytes.Buffer
	if err := redline.Write(&utf, header, each(all), false); err != nil {
		t.Fatal(err)
	}
	if utf.String() != text {
		t.Errorf("got\n%s", utf.String())
	}
	if err := redline.Write(&gb, header, each(all), true); err != nil {
		t.Fatal(err)
	}
	again, allAgain, err := read(&gb, fromGB)
	if err != nil || !slices.Equal(header, again) || fmt.Sprint(all) != fmt.Sprint(allAgain) {
		t.Errorf("through GB18030: %v, %v, %v", err, again, allAgain)
	}
}

func TestShapes(t *testing.T) {
	_, all, err := read(strings.NewReader(text), nil)
	if err != nil {
		t.Fatal(err)
	}
	first := all[0].Geometry().(orb.MultiPolygon)
	if len(first) != 1 || len(first[0]) != 2 || first[0][0][0] != (orb.Point{37606000, 2536000}) {
		t.Errorf("a hole: got %v", first)
	}
	var back redline.Plot
	back.FromGeometry(first, 3)
	if written(back) != written(all[0]) || back.Points != "10" {
		t.Errorf("corners came back as %v", back.Corners)
	}
	for sentence, c := range map[string]struct {
		plot string
		want string
	}{
		"two outlines, told by where they lie": {
			"8,,1,,面,,,,@\nJ1,1,0,0\nJ2,1,0,9\nJ3,1,9,9\nJ1,1,0,0\nJ4,2,100,100\nJ5,2,100,109\nJ6,2,109,109\nJ4,2,100,100",
			"[[[[0 0] [9 0] [9 9] [0 0]]] [[[100 100] [109 100] [109 109] [100 100]]]]",
		},
		"an island in a hole is land": {
			"12,,1,,面,,,,@\nJ1,1,0,0\nJ2,1,0,9\nJ3,1,9,9\nJ4,1,9,0\nJ1,2,1,1\nJ2,2,1,8\nJ3,2,8,8\nJ4,2,8,1\nJ1,3,4,4\nJ2,3,4,5\nJ3,3,5,5\nJ4,3,5,4",
			"[[[[0 0] [9 0] [9 9] [0 9] [0 0]] [[1 1] [8 1] [8 8] [1 8] [1 1]]] [[[4 4] [5 4] [5 5] [4 5] [4 4]]]]",
		},
		"a hole written before its outline": {
			"8,,1,,面,,,,@\nJ1,1,1,1\nJ2,1,1,8\nJ3,1,8,8\nJ4,1,8,1\nJ1,2,0,0\nJ2,2,0,9\nJ3,2,9,9\nJ4,2,9,0",
			"[[[[0 0] [9 0] [9 9] [0 9] [0 0]] [[1 1] [8 1] [8 8] [1 8] [1 1]]]]",
		},
		"neighbours that share a side": {
			"8,,1,,面,,,,@\nJ1,1,0,0\nJ2,1,0,9\nJ3,1,9,9\nJ4,1,9,0\nJ1,2,8,9\nJ2,2,1,9\nJ3,2,1,12\nJ4,2,8,12",
			"[[[[0 0] [9 0] [9 9] [0 9] [0 0]]] [[[9 8] [9 1] [12 1] [12 8] [9 8]]]]",
		},
		"a hole that touches its outline": {
			"8,,1,,面,,,,@\nJ1,1,0,0\nJ2,1,0,9\nJ3,1,9,9\nJ4,1,9,0\nJ1,2,0,4\nJ2,2,5,4\nJ3,2,5,6\nJ4,2,0,4",
			"[[[[0 0] [9 0] [9 9] [0 9] [0 0]] [[4 0] [4 5] [6 5] [4 0]]]]",
		},
		"a ring that isn't closed":           {"3,,1,,面,,,,@\nJ1,1,0,0\nJ2,1,0,9\nJ3,1,9,9", "[[[[0 0] [9 0] [9 9] [0 0]]]]"},
		"a line":                             {"2,,1,,线,,,,@\nJ1,1,0,0\nJ2,1,0,9", "[[[0 0] [9 0]]]"},
		"a point":                            {"1,,1,,点,,,,@\nJ1,1,5,6", "[[6 5]]"},
		"full-width commas":                  {"3，，1，，面，，，，@\nJ1，1，0，0\nJ2，1，0，9\nJ3，1，9，9", "[[[[0 0] [9 0] [9 9] [0 0]]]]"},
		"a count without the closing corner": {"3,,1,,面,,,,@\nJ1,1,0,0\nJ2,1,0,9\nJ3,1,9,9\nJ1,1,0,0", "[[[[0 0] [9 0] [9 9] [0 0]]]]"},
		"a first line cut short":             {"3,0.1,DK,@\nJ1,1,0,0\nJ2,1,0,9\nJ3,1,9,9", "[[[[0 0] [9 0] [9 9] [0 0]]]]"},
	} {
		_, all, err := read(strings.NewReader("[地块坐标]\n"+c.plot), nil)
		if err != nil || len(all) != 1 {
			t.Errorf("%s: %v, %d plots", sentence, err, len(all))
			continue
		}
		if got := fmt.Sprint(all[0].Geometry()); got != c.want {
			t.Errorf("%s: got %s, want %s", sentence, got, c.want)
		}
	}
}

// written is what a plot's corners come out as.
func written(p redline.Plot) string {
	var out bytes.Buffer
	if err := redline.Write(&out, nil, each([]redline.Plot{{Corners: p.Corners}}), false); err != nil {
		return err.Error()
	}
	return out.String()
}

func TestWhatIsNoRedLine(t *testing.T) {
	for sentence, c := range map[string]struct {
		text string
		line int
	}{
		"nothing":                                   {"", 0},
		"attributes alone":                          {"[属性描述]\n坐标系=2000\n", 2},
		"no attribute":                              {"[属性描述]\n坐标系\n", 2},
		"corners without a plot":                    {"[地块坐标]\nJ1,1,2536000,606000\n", 2},
		"a corner without Y":                        {"[地块坐标]\n1,,1,,点,,,,@\nJ1,1,2536000\n", 3},
		"a corner in words":                         {"[地块坐标]\n1,,1,,点,,,,@\nJ1,1,二,三\n", 3},
		"a corner that is no number":                {"[地块坐标]\n1,,1,,点,,,,@\nJ1,1,NaN,3\n", 3},
		"fewer corners than it should":              {"[地块坐标]\n9,,1,,面,,,,@\nJ1,1,0,0\nJ2,1,0,9\nJ3,1,9,9\n", 5},
		"a last corner that doesn't close its ring": {"[地块坐标]\n4,,1,,面,,,,@\nJ1,1,0,37606000\nJ2,1,0,37606009\nJ3,1,9,37606009\nJ1,1,0,376060", 6},
		"a last corner that lost its decimals":      {"[地块坐标]\n4,,1,,面,,,,@\nJ1,1,0,6.01\nJ2,1,0,6.11\nJ3,1,9,6.25\nJ4,1,0,6.", 6},
		"rings without end":                         {"[地块坐标]\n,,1,,面,,,,@\n" + manyRings(5001), 5003},
		"bytes that aren't text":                    {"[地块坐标]\n1,,\uFFFD,,点,,,,@\n", 2},
	} {
		_, _, err := read(strings.NewReader(c.text), nil)
		var wrong *redline.SyntaxError
		if !errors.As(err, &wrong) || wrong.Line != c.line || wrong.ZH == "" || wrong.EN == "" {
			t.Errorf("%s: got %v", sentence, err)
		}
	}
}

// manyRings are n rings of one corner.
func manyRings(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "J1,%d,%d,0\n", i+1, i)
	}
	return b.String()
}

func FuzzRead(f *testing.F) {
	f.Add(text)
	f.Add("[地块坐标]\n3，，1，，面，，，，@\nJ1，1，0，0\n")
	f.Fuzz(func(t *testing.T, text string) {
		header, all, err := read(strings.NewReader(text), nil)
		if err != nil {
			var wrong *redline.SyntaxError
			if !errors.As(err, &wrong) {
				t.Fatal(err)
			}
			return
		}
		for _, p := range all {
			p.Geometry()
		}
		var out bytes.Buffer
		if err := redline.Write(&out, header, each(all), false); err != nil {
			t.Fatal(err)
		}
		if _, again, err := read(&out, nil); err != nil || len(again) != len(all) {
			t.Fatalf("written and read again: %v, %d of %d plots", err, len(again), len(all))
		}
	})
}
