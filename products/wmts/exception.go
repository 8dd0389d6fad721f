package wmts

import (
	"bytes"
	"encoding/xml"
	"fmt"
)

// Code is why a request is refused, as OGC 06-121r3 and 07-057r7 name it.
type Code string

// The codes.
const (
	MissingParameterValue    Code = "MissingParameterValue"
	InvalidParameterValue    Code = "InvalidParameterValue"
	VersionNegotiationFailed Code = "VersionNegotiationFailed"
	InvalidUpdateSequence    Code = "InvalidUpdateSequence"
	TileOutOfRange           Code = "TileOutOfRange"
	PointIJOutOfRange        Code = "PointIJOutOfRange"
	NoApplicableCode         Code = "NoApplicableCode"
)

// Exception is a request that can't be answered.
type Exception struct {
	Code    Code
	Locator string // the parameter, as the standard spells it; "" for none
	ZH, EN  string // what is wrong and what would be right
}

func (e *Exception) Error() string {
	return fmt.Sprintf("wmts: %s %s: %s", e.Code, e.Locator, e.EN)
}

// Status is the HTTP status that the standard's table gives the exception.
func (e *Exception) Status() int { return 400 }

type exceptionReport struct {
	XMLName   xml.Name      `xml:"ows:ExceptionReport"`
	OWS       string        `xml:"xmlns:ows,attr"`
	XSI       string        `xml:"xmlns:xsi,attr"`
	Schema    string        `xml:"xsi:schemaLocation,attr"`
	Version   string        `xml:"version,attr"`
	Language  string        `xml:"xml:lang,attr"`
	Exception exceptionText `xml:"ows:Exception"`
}

type exceptionText struct {
	Code    Code   `xml:"exceptionCode,attr"`
	Locator string `xml:"locator,attr,omitempty"`
	Text    string `xml:"ows:ExceptionText"`
}

// Report is the exception as an ows:ExceptionReport.
func (e *Exception) Report() ([]byte, error) {
	return document(exceptionReport{
		OWS: "http://www.opengis.net/ows/1.1", XSI: xsi,
		Schema:  "http://www.opengis.net/ows/1.1 http://schemas.opengis.net/ows/1.1.0/owsExceptionReport.xsd",
		Version: "1.0.0", Language: "zh", Exception: exceptionText{e.Code, e.Locator, e.ZH + " / " + e.EN},
	})
}

const xsi = "http://www.w3.org/2001/XMLSchema-instance"

// document writes a value as an XML document.
func document(value any) ([]byte, error) {
	var b bytes.Buffer
	b.WriteString(xml.Header)
	e := xml.NewEncoder(&b)
	e.Indent("", " ")
	if err := e.Encode(value); err != nil {
		return nil, fmt.Errorf("wmts: writing a document: %w", err)
	}
	b.WriteByte('\n')
	return b.Bytes(), nil
}
