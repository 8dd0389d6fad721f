package capxml_test

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"onemap/data"
	"onemap/spatial/warnings"
	"onemap/spatial/warnings/capxml"
)

func register(t testing.TB) warnings.Register {
	r, err := warnings.ReadRegister(data.Files)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

const sample = `<?xml version="1.0" encoding="UTF-8"?>
<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2">
  <identifier>44530041600000_20260512102030</identifier><sender>gd.yunfu</sender><sent>2026-05-12T10:20:30+08:00</sent>
  <status>Actual</status><msgType>Alert</msgType><scope>Public</scope>
  <info><language>en-US</language><category>Met</category><event>Rainstorm</event><urgency>Immediate</urgency><severity>Severe</severity><certainty>Observed</certainty><headline>Rain</headline><expires>2026-05-12T16:20:30+08:00</expires></info>
  <info><language>zh-CN</language><category>Met</category><event>暴雨</event><urgency>Immediate</urgency><severity>Severe</severity><certainty>Observed</certainty>
    <eventCode><valueName>SAME</valueName><value>11B03</value></eventCode>
    <effective>2026-05-12T10:20:30+08:00</effective><expires>2026-05-12T16:20:30+08:00</expires><senderName>云浮市气象台</senderName>
    <headline>云浮市气象台发布暴雨橙色预警</headline><description>未来 3 小时降雨量将达 50 毫米以上。</description><instruction>注意防范。</instruction>
    <area><areaDesc>云城区</areaDesc><polygon>22.9,112.0 22.9,112.1 23.0,112.1 22.9,112.0</polygon><geocode><valueName>GB/T 2260</valueName><value>445302</value></geocode></area>
  </info>
</alert>`

func TestReadingAMessage(t *testing.T) {
	m, err := capxml.Read([]byte(sample), register(t))
	if err != nil {
		t.Fatal(err)
	}
	c := m.Content
	if m.Action != warnings.Publish || m.Sender != "gd.yunfu" || c.Kind != "rainstorm" || c.Colour != "orange" || c.Issuer != "云浮市气象台" || c.AreaText != "云城区" || c.Divisions[0] != "445302" || c.ValidTo.Sub(c.ValidFrom) != 6*time.Hour {
		t.Errorf("%+v", m)
	}
	if got := c.Polygon[0][0][1]; got != (orb.Point{112.1, 22.9}) {
		t.Errorf("latitude stands first in CAP, longitude in what is read: %v", got)
	}
}

func TestWhatIsWrittenIsReadAgain(t *testing.T) {
	r := register(t)
	at := time.Date(2026, 5, 12, 2, 20, 30, 0, time.UTC)
	for i, k := range r.Kinds {
		w := warnings.Warning{
			ID: 3, Number: 2, Action: []warnings.Action{warnings.Publish, warnings.Update, warnings.Cancel}[i%3], Reason: []string{"", "加强 <&>", "雨停"}[i%3], CAP: warnings.Message{Identifier: "B2", Sender: "onemap@yunfu", Sent: at},
			Content: warnings.Content{
				Kind: k.ID, Colour: r.Colours[i%4].ID, Headline: "标题 & <b>", Text: "第一行\n第二行]]>", Advice: "撤离", Issuer: "云浮市自然资源局", ValidFrom: at, ValidTo: at.Add(time.Hour),
				Divisions: []string{"445302001", "445321"}, AreaText: "云城街道、新兴县",
				Polygon: orb.MultiPolygon{{{{112.0123456789, 22.9}, {112.1, 22.9}, {112.1, 23}, {112.0123456789, 22.9}}}, {{{112.3, 22.9}, {112.4, 22.9}, {112.4, 23}, {112.3, 22.9}}}},
			},
		}
		var before []warnings.Warning
		var references []warnings.Message
		if w.Action != warnings.Publish {
			before = []warnings.Warning{{CAP: warnings.Message{Identifier: "B1", Sender: "onemap@yunfu", Sent: at}}}
			references = []warnings.Message{before[0].CAP}
		}
		text, err := capxml.Write(w, before, r)
		if err != nil {
			t.Fatal(err)
		}
		got, err := capxml.Read(text, r)
		if err != nil {
			t.Fatalf("%v: %s", err, text)
		}
		utc := func(m *warnings.Message) { m.Sent = m.Sent.UTC() }
		utc(&got.Message)
		for i := range got.References {
			utc(&got.References[i])
		}
		got.Content.ValidFrom, got.Content.ValidTo = got.Content.ValidFrom.UTC(), got.Content.ValidTo.UTC()
		want := capxml.Message{Message: w.CAP, Action: w.Action, References: references, Content: w.Content, Note: w.Reason}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s:\n%+v\n%+v", text, got, want)
		}
	}
}

func TestMessagesThatAreRefused(t *testing.T) {
	change := func(old, with string) string {
		if !strings.Contains(sample, old) {
			t.Fatalf("the sample lacks %s", old)
		}
		return strings.ReplaceAll(sample, old, with)
	}
	for sentence, c := range map[string]struct{ text, element string }{
		"a document type":         {change(`<alert xmlns`, `<!DOCTYPE a [<!ENTITY x "y">]><alert xmlns`), "DOCTYPE"},
		"an entity of its own":    {change("云城区", "&xxe;"), "alert"},
		"nothing":                 {"", "alert"},
		"no XML":                  {"{}", "alert"},
		"half":                    {sample[:len(sample)/2], "alert"},
		"two documents":           {sample + "<alert/>", "alert"},
		"CAP 1.1":                 {change("cap:1.2", "cap:1.1"), "alert"},
		"another encoding":        {change("UTF-8", "GBK"), "alert"},
		"no UTF-8":                {change("云城区", "\xff\xfe"), "alert"},
		"a stylesheet":            {change("<alert xmlns", `<?xml-stylesheet href="http://x"?><alert xmlns`), "alert"},
		"too deep":                {change("云城区", strings.Repeat("<a>", 20)+strings.Repeat("</a>", 20)), "a"},
		"too long":                {sample + strings.Repeat(" ", capxml.MaxBytes), "alert"},
		"an exercise":             {change("Actual", "Exercise"), "status"},
		"not public":              {change("Public", "Private"), "scope"},
		"an acknowledgement":      {change(">Alert<", ">Ack<"), "msgType"},
		"an update of nothing":    {change(">Alert<", ">Update<"), "references"},
		"an identifier of two":    {change("44530041600000_20260512102030", "a b"), "identifier"},
		"no sender":               {change("gd.yunfu", ""), "sender"},
		"a time without its zone": {change("10:20:30+08:00</sent>", "10:20:30</sent>"), "sent"},
		"no end":                  {change("<expires>2026-05-12T16:20:30+08:00</expires>", ""), "expires"},
		"an unknown severity":     {strings.ReplaceAll(change("Severe", "Unknown"), "橙色", ""), "severity"},
		"a circle":                {change("<polygon>", "<circle>22,112 3</circle><polygon>"), "circle"},
		"longitude first":         {change("22.9,112.0", "112.0,22.9"), "polygon"},
		"an open polygon":         {change("23.0,112.1 22.9,112.0", "23.0,112.1"), "polygon"},
		"NaN":                     {change("22.9,112.1", "NaN,112.1"), "polygon"},
	} {
		_, err := capxml.Read([]byte(c.text), register(t))
		var refused *capxml.MessageError
		if !errors.As(err, &refused) || refused.Element != c.element {
			t.Errorf("%s: %v", sentence, err)
		}
	}
}

func TestReferences(t *testing.T) {
	text := strings.ReplaceAll(sample, "<msgType>Alert</msgType><scope>Public</scope>", "<msgType>Cancel</msgType><scope>Public</scope><note>雨停</note><references>gd.yunfu,A1,2026-05-12T10:20:30+08:00 gd.yunfu,A2,2026-05-12T11:20:30+08:00</references>")
	m, err := capxml.Read([]byte(text), register(t))
	if err != nil || m.Action != warnings.Cancel || len(m.References) != 2 || m.References[1].Identifier != "A2" || m.Note != "雨停" {
		t.Errorf("%+v, %v", m, err)
	}
	if _, err := capxml.Read([]byte(strings.ReplaceAll(text, "gd.yunfu,A1,", "A1,")), register(t)); !errors.Is(err, capxml.ErrMessage) {
		t.Errorf("a reference of two parts: %v", err)
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(sample))
	f.Add([]byte(`<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2"><info/></alert>`))
	f.Add([]byte("<!DOCTYPE a><a/>"))
	r := register(f)
	f.Fuzz(func(t *testing.T, text []byte) {
		m, err := capxml.Read(text, r)
		if err != nil {
			if !errors.Is(err, capxml.ErrMessage) {
				t.Fatalf("%v", err)
			}
			return
		}
		if m.Action == warnings.Cancel && m.Content.Kind == "" {
			return
		}
		// What was read can be written, and is the same when read again.
		w := warnings.Warning{Action: m.Action, Reason: m.Note, CAP: m.Message, Content: m.Content}
		var before []warnings.Warning
		for _, r := range m.References {
			before = append(before, warnings.Warning{CAP: r})
		}
		written, err := capxml.Write(w, before, r)
		if err != nil {
			t.Fatal(err)
		}
		again, err := capxml.Read(written, r)
		if err != nil {
			t.Fatalf("%v: %s", err, written)
		}
		if a, b := fmt.Sprint(again.Content.Polygon, again.Content.Divisions, again.Content.Headline), fmt.Sprint(m.Content.Polygon, m.Content.Divisions, m.Content.Headline); a != b {
			t.Errorf("%s, %s", a, b)
		}
	})
}
