package capxml

import (
	"encoding/xml"

	"onemap/spatial/warnings"
)

// Namespace is that of CAP 1.2.
const Namespace = "urn:oasis:names:tc:emergency:cap:1.2"

// MediaType is that of a CAP message.
const MediaType = "application/cap+xml"

// Message is a CAP message that says something of one warning.
type Message = warnings.Said

// alert is the document.
type alert struct {
	XMLName    xml.Name `xml:"urn:oasis:names:tc:emergency:cap:1.2 alert"`
	Identifier string   `xml:"identifier"`
	Sender     string   `xml:"sender"`
	Sent       string   `xml:"sent"`
	Status     string   `xml:"status"`
	MsgType    string   `xml:"msgType"`
	Scope      string   `xml:"scope"`
	Note       string   `xml:"note,omitempty"`
	References string   `xml:"references,omitempty"`
	Info       []info   `xml:"info"`
}

type info struct {
	Language    string  `xml:"language,omitempty"`
	Category    string  `xml:"category"`
	Event       string  `xml:"event"`
	Urgency     string  `xml:"urgency"`
	Severity    string  `xml:"severity"`
	Certainty   string  `xml:"certainty"`
	EventCode   []value `xml:"eventCode"`
	Effective   string  `xml:"effective,omitempty"`
	Onset       string  `xml:"onset,omitempty"`
	Expires     string  `xml:"expires,omitempty"`
	SenderName  string  `xml:"senderName,omitempty"`
	Headline    string  `xml:"headline,omitempty"`
	Description string  `xml:"description,omitempty"`
	Instruction string  `xml:"instruction,omitempty"`
	Parameter   []value `xml:"parameter"`
	Area        []area  `xml:"area"`
}

type value struct {
	Name  string `xml:"valueName"`
	Value string `xml:"value"`
}

type area struct {
	Description string   `xml:"areaDesc"`
	Polygon     []string `xml:"polygon"` // "lat,lon lat,lon …", closed
	Circle      []string `xml:"circle"`
	Geocode     []value  `xml:"geocode"`
}

// The names of values of ours, beside which those of others are understood.
const (
	eventCodeName = "EventType"   // of the national alert types
	colourName    = "ColorCode"   // one of blue, yellow, orange, red
	kindName      = "WarningKind" // id of our kind
	divisionName  = "GBT2260"     // a division's code
)
