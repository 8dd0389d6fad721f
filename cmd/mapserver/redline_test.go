package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"onemap/postgis/postgistest"
)

// A red-line text goes in, with the fields that the layer hasn't beside it, and
// comes out with the same corners.
func TestARedLineGoesInAndComesOut(t *testing.T) {
	t.Setenv("DATABASE_URL", postgistest.URL(t))
	dir := t.TempDir()
	corners := []string{
		"J1,1,2536000.123,37606000.456", "J2,1,2536100.124,37606000.457", "J3,1,2536100.125,37606100.458", "J4,1,2536000.126,37606100.459", "J1,1,2536000.123,37606000.456",
		"J5,2,2536040.111,37606040.222", "J6,2,2536040.111,37606060.222", "J7,2,2536060.111,37606060.222", "J8,2,2536060.111,37606040.222", "J5,2,2536040.111,37606040.222",
	}
	text := "[属性描述]\n坐标系=2000国家大地坐标系\n几度分带=3\n投影类型=高斯克吕格\n计量单位=米\n带号=37\n精度=0.001\n转换参数=,,,,,,\n[地块坐标]\n" +
		"10,0.9600,445302,云城区,面,F49G050040,建设用地,0701,@\n" + strings.Join(corners, "\n") + "\n"
	in, out := filepath.Join(dir, "红线.txt"), filepath.Join(dir, "out.txt")
	if err := os.WriteFile(in, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	must(t, "import", in, "--layer", "division_county", "--map", "地块编号=code,地块名称=name", "--keep-extra", "--publish", "--accept-errors")
	must(t, "redline", "division_county", "1", "--out", out)
	written, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	got := string(written)
	if !strings.Contains(got, ",445302,云城区,面,F49G050040,建设用地,0701,@\r\n") || !strings.Contains(got, "带号=37\r\n") ||
		!strings.Contains(got, "\r\n数据产生单位=") || !strings.Contains(got, "数据产生日期="+time.Now().Format("2006-")) {
		t.Errorf("got\n%s", got)
	}
	for _, corner := range corners { // the store may begin a ring elsewhere and number it anew
		_, position, _ := strings.Cut(corner[strings.Index(corner, ",")+1:], ",")
		if !strings.Contains(got, ","+position+"\r\n") {
			t.Errorf("no corner at %s in\n%s", position, got)
		}
	}
	address := serving(t)
	if status, body := get(t, address+"/api/v1/layers/division_county/features?limit=1"); status != 200 || !strings.Contains(string(body), `"图幅号":"F49G050040"`) && !strings.Contains(string(body), `"图幅号": "F49G050040"`) {
		t.Errorf("status %d: further fields are not in %s", status, body)
	}
	if status, body := get(t, address+"/tiles/division_county/14/13290/7119.mvt"); status != 200 || strings.Contains(string(body), "F49G050040") {
		t.Errorf("status %d: tiles have further fields, or nothing", status)
	}
	if _, _, err := mapserver(t, "redline", "division_county", "99", "--out", out); err == nil {
		t.Error("a feature that isn't there was written")
	}
}
