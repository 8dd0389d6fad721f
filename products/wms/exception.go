package wms

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"strings"
)

// Code is why a request is refused, as the standards name it; "" has no code.
type Code string

// The codes. The standards have none for parameters as such; these two are those
// of other OGC services, which clients know.
const (
	InvalidFormat         Code = "InvalidFormat"
	InvalidCRS            Code = "InvalidCRS" // InvalidSRS in 1.1.1
	LayerNotDefined       Code = "LayerNotDefined"
	StyleNotDefined       Code = "StyleNotDefined"
	LayerNotQueryable     Code = "LayerNotQueryable"
	InvalidPoint          Code = "InvalidPoint"
	InvalidUpdateSequence Code = "InvalidUpdateSequence"
	CurrentUpdateSequence Code = "CurrentUpdateSequence"
	InvalidDimensionValue Code = "InvalidDimensionValue"
	OperationNotSupported Code = "OperationNotSupported"
	MissingParameterValue Code = "MissingParameterValue"
	InvalidParameterValue Code = "InvalidParameterValue"
	NoApplicableCode      Code = ""
)

// Exception is a request that can't be answered.
type Exception struct {
	Code    Code
	Locator string // the parameter, in capitals; "" for none
	ZH, EN  string // what is wrong and what would be right
}

func (e *Exception) Error() string {
	return fmt.Sprintf("wms: %s %s: %s", e.Code, e.Locator, e.EN)
}

// Status is the HTTP status of the exception.
func (e *Exception) Status() int {
	if e.Code == OperationNotSupported {
		return 501
	}
	return 400
}

// Manner is how a client wants to be told of exceptions.
type Manner string

// The manners.
const (
	AsXML   Manner = "XML"
	InImage Manner = "INIMAGE" // as a text in the picture that was asked for
	Blank   Manner = "BLANK"   // as an empty picture
)

// mannerOf reads EXCEPTIONS in the words of both versions.
func mannerOf(text string) (Manner, bool) {
	switch strings.ToLower(text) {
	case "", "xml", "application/vnd.ogc.se_xml":
		return AsXML, true
	case "inimage", "application/vnd.ogc.se_inimage":
		return InImage, true
	case "blank", "application/vnd.ogc.se_blank":
		return Blank, true
	}
	return AsXML, false
}

type exceptionReport struct {
	XMLName   xml.Name      `xml:"ServiceExceptionReport"`
	Version   Version       `xml:"version,attr"`
	NS        string        `xml:"xmlns,attr,omitempty"`
	XSI       string        `xml:"xmlns:xsi,attr,omitempty"`
	Schema    string        `xml:"xsi:schemaLocation,attr,omitempty"`
	Exception exceptionText `xml:"ServiceException"`
}

type exceptionText struct {
	Code    Code   `xml:"code,attr,omitempty"`
	Locator string `xml:"locator,attr,omitempty"`
	Text    string `xml:",chardata"`
}

const (
	xsi   = "http://www.w3.org/2001/XMLSchema-instance"
	xlink = "http://www.w3.org/1999/xlink"
)

// Report is the exception as a ServiceExceptionReport, and its media type.
func (e *Exception) Report(v Version) (body []byte, mediaType string, err error) {
	text := exceptionText{e.Code, e.Locator, e.ZH + " / " + e.EN}
	if v == V111 {
		if text.Code == InvalidCRS {
			text.Code = "InvalidSRS"
		}
		body, err = document(`<!DOCTYPE ServiceExceptionReport SYSTEM "http://schemas.opengis.net/wms/1.1.1/exception_1_1_1.dtd">`+"\n",
			exceptionReport{Version: v, Exception: exceptionText{Code: text.Code, Text: text.Text}})
		return body, "application/vnd.ogc.se_xml", err
	}
	body, err = document("", exceptionReport{
		Version: v, NS: "http://www.opengis.net/ogc", XSI: xsi,
		Schema: "http://www.opengis.net/ogc http://schemas.opengis.net/wms/1.3.0/exceptions_1_3_0.xsd", Exception: text,
	})
	return body, "text/xml; charset=utf-8", err
}

// document writes a value as an XML document.
func document(doctype string, value any) ([]byte, error) {
	var b bytes.Buffer
	b.WriteString(xml.Header + doctype)
	e := xml.NewEncoder(&b)
	e.Indent("", " ")
	if err := e.Encode(value); err != nil {
		return nil, fmt.Errorf("wms: writing a document: %w", err)
	}
	b.WriteByte('\n')
	return b.Bytes(), nil
}
