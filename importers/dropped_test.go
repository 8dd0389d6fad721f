package importers_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"testing"

	"onemap/importers"
	"onemap/layers"
)

// attributesHeld are the attributes in quarantine, by row.
func attributesHeld(t testing.TB, s *fakeStore) map[int64]map[string]any {
	t.Helper()
	all := map[int64]map[string]any{}
	for _, row := range s.held {
		attributes := map[string]any{}
		if err := json.Unmarshal(row[6].(json.RawMessage), &attributes); err != nil {
			t.Fatal(err)
		}
		all[row[0].(int64)] = attributes
	}
	return all
}

func TestQuarantineHasAllOfTheSourceRow(t *testing.T) {
	text := func(remark string) map[string]any {
		return map[string]any{"code": nil, "lon": "112.1", "lat": "23", "备注": remark, "调查员": "李四"}
	}
	for name, c := range map[string]struct {
		file func(testing.TB) string
		o    importers.Options
		want map[int64]map[string]any
	}{
		"of a Shapefile in GBK, over several batches, with a deleted row": {
			file: func(t testing.TB) string {
				d := plainTable(t, 700)
				d.fields = append(d.fields, dbfField{"BEIZHU", 'C', 20, 0}, dbfField{"PIC", 'N', 9, 2}, dbfField{"area", 'N', 9, 2}, dbfField{"MJ", 'N', 9, 2})
				for i := range d.rows {
					d.rows[i] = append(d.rows[i], gbk(t, fmt.Sprintf("备注%d", i)), fmt.Sprint(i), "1.5", "2.5")
				}
				d.deleted = []int{10}
				d.rows[5][0], d.rows[300][0], d.rows[699][0] = "", "", ""
				return put(t, delivery(d, prj4490))
			},
			o: importers.Options{Encoding: "GB18030", Map: map[string]string{"MJ": "area"}},
			want: func() map[int64]map[string]any {
				all := map[int64]map[string]any{}
				for row, i := range map[int64]int{6: 5, 300: 300, 699: 699} { // the deleted one has no number
					all[row] = map[string]any{
						"CODE": nil, "ZLDWMC": "罗定市罗城街道", "BEIZHU": fmt.Sprintf("备注%d", i), "PIC": float64(i), "MJ": 2.5,
						"area #5": 1.5, // "area" would be a correction of the layer's field
					}
				}
				return all
			}(),
		},
		"of a CSV": {
			file: func(t testing.TB) string {
				return write(t, "地块.csv", []byte("code,备注,lon,lat,调查员\nA,一,112.1,23,张三\n,二,112.1,23,李四\nC,三,112.1,23,王五\n"))
			},
			o:    importers.Options{Layer: "point", CRS: "4490"},
			want: map[int64]map[string]any{2: text("二")},
		},
		"of a CSV in GB18030 with the same name twice": {
			file: func(t testing.TB) string {
				return write(t, "地块.csv", []byte(gbk(t, "code,备注,lon,lat,调查员,备注\nA,一,112.1,23,张三,四\n,二,112.1,23,李四,五\n")))
			},
			o: importers.Options{Layer: "point", CRS: "4490"},
			want: func() map[int64]map[string]any {
				one := text("二")
				one["备注 #6"] = "五"
				return map[int64]map[string]any{2: one}
			}(),
		},
		"of a workbook": {
			file: func(t testing.TB) string {
				return asWorkbook(t, "code,备注,lon,lat,调查员\nA,一,112.1,23,张三\n,二,112.1,23,李四\n")
			},
			o:    importers.Options{Layer: "point", CRS: "4490"},
			want: map[int64]map[string]any{2: text("二")},
		},
		"of a red line": {
			file: func(t testing.TB) string {
				return write(t, "红线.txt", []byte(gbk(t, "[属性描述]\n坐标系=2000国家大地坐标系\n几度分带=3\n带号=37\n[地块坐标]\n"+
					"4,1,DK1,一号,面,F1,用途一,0701,@\nJ1,1,2519100,37558500\nJ2,1,2519100,37558600\nJ3,1,2519200,37558600\nJ4,1,2519200,37558500\n"+
					"4,1,,二号,面,F2,用途二,0702,@\nJ1,1,2519100,37558700\nJ2,1,2519100,37558800\nJ3,1,2519200,37558800\nJ4,1,2519200,37558700\n")))
			},
			o: importers.Options{Map: map[string]string{"地块编号": "code", "地块名称": "name"}},
			want: map[int64]map[string]any{2: {
				"地块编号": nil, "地块名称": "二号", "地块面积": "1", "图形属性": "面", "图幅号": "F2", "地块用途": "用途二", "地类编码": "0702", "界址点数": "4",
			}},
		},
		"where further fields are kept": {
			file: func(t testing.TB) string {
				return write(t, "地块.csv", []byte("code,备注,lon,lat,调查员\nA,一,112.1,23,张三\n,二,112.1,23,李四\n"))
			},
			o:    importers.Options{Layer: "point", CRS: "4490", KeepExtra: true},
			want: map[int64]map[string]any{2: text("二")},
		},
	} {
		t.Run(name, func(t *testing.T) {
			point := plot()
			point.ID, point.Geometry = "point", layers.Point
			s := newFake(t, plot(), point)
			o := c.o
			o.File = c.file(t)
			if o.Layer == "" {
				o.Layer = "plot"
			}
			r := mustRun(t, s, o)
			if int(r.Rejected) != len(c.want) {
				t.Errorf("%d rows refused", r.Rejected)
			}
			got := attributesHeld(t, s)
			if !reflect.DeepEqual(got, c.want) {
				t.Errorf("in quarantine %v\nwant %v", got, c.want)
			}
		})
	}
}
