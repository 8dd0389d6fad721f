package demo

import (
	"time"

	"onemap/spatial/warnings"
)

// WarningIssuer is the issuer of every warning of the demonstration.
const WarningIssuer = "演示数据（非真实预警）"

// Place is a division of the demonstration city.
type Place struct{ Code, Name string }

// Issued is a warning of the demonstration. One that is Withdrawn is cancelled
// at once, for this reason.
type Issued struct {
	Content   warnings.Content
	Withdrawn string
}

// Warnings are warnings as they may stand at a time, so that the board of the
// demonstration isn't empty: two that hold for a day, one that is to come and one
// that was withdrawn. They lie in the last of the places; none without a place.
// Every text says that it is a demonstration.
func Warnings(places []Place, now time.Time) []Issued {
	if len(places) == 0 {
		return nil
	}
	hour := now.Truncate(time.Hour)
	last := func(n int) Place { return places[max(0, len(places)-n)] }
	one := func(kind, colour, name, text, advice string, from, to time.Time, where ...Place) warnings.Content {
		c := warnings.Content{
			Kind: kind, Colour: colour, Headline: "【演示】" + name, Text: "【演示】" + text, Advice: "【演示】" + advice, Issuer: WarningIssuer, ValidFrom: from, ValidTo: to,
		}
		for i, p := range where {
			if i == 0 || p != where[i-1] {
				c.Divisions = append(c.Divisions, p.Code)
			}
		}
		return c
	}
	return []Issued{
		{Content: one("rainstorm", "yellow", "暴雨黄色预警", "预计未来 6 小时有 50 毫米以上降雨，请注意防范。", "低洼地带停止露天集会，检查排水。", hour, hour.Add(24*time.Hour), last(1), last(2))},
		{Content: one("geohazard", "orange", "地质灾害气象风险橙色预警", "受持续降雨影响，发生滑坡、崩塌的气象风险高。", "隐患点受威胁人员按预案转移避险。", hour, hour.Add(24*time.Hour), last(1))},
		{Content: one("forest_fire", "blue", "森林火险蓝色预警", "预计未来三天天气晴朗干燥，有一定火险。", "加强野外用火管理和巡护。", hour.Add(24*time.Hour), hour.Add(96*time.Hour), last(3))},
		{Content: one("flash_flood", "red", "山洪红色预警", "上游雨量已达警戒。", "沿河人员立即撤离。", hour, hour.Add(6*time.Hour), last(2)), Withdrawn: "【演示】雨势减弱，解除预警"},
	}
}
