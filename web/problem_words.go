package web

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"onemap/incidents"
	"onemap/products"
	"onemap/spatial/compliance"
	"onemap/spatial/overlay"
	"onemap/styles"
)

// tellStyle words what is wrong with a look.
func (p *problem) tellStyle(err error) {
	var rules *styles.RuleError
	if errors.As(err, &rules) {
		f := rules.Faults[0]
		p.Faults, p.Field = rules.Faults, f.Where
		p.Detail, p.DetailEN = fmt.Sprintf("%s 的值 %.100q 有误：%s", f.Where, f.Value, f.ZH), fmt.Sprintf("%s is %.100q: %s", f.Where, f.Value, f.EN)
		if f.Palette != "" {
			p.Detail, p.DetailEN = "配色 "+f.Palette+"："+p.Detail, "palette "+f.Palette+": "+p.DetailEN
		}
	}
	var control *styles.ControlError
	if errors.As(err, &control) {
		p.Field = "controls." + control.ID
		p.Detail = fmt.Sprintf("控件 %s 的值 %.100s 有误：%s", control.ID, control.Value, control.ZH)
	}
	var fault *styles.Fault
	if errors.As(err, &fault) {
		p.Field, p.DetailEN = fault.Where, fault.Error()
		p.Detail = fmt.Sprintf("%s 的值 %.100q 有误：%s", fault.Where, fault.Value, fault.ZH)
	}
}

// tellShape words what is wrong with a shape or a request for a check.
func (p *problem) tellShape(err error) {
	var shape *overlay.ShapeError
	if errors.As(err, &shape) {
		p.Field, p.Detail, p.DetailEN = "redline", shape.ZH, shape.EN
		if shape.Place != nil {
			p.Place = &faultPlace{shape.Place[0], shape.Place[1]}
		}
	}
	var request *compliance.RequestError
	if errors.As(err, &request) {
		p.Field, p.Detail, p.DetailEN = request.Field, request.ZH, request.EN
	}
}

// tellSteps names the steps that there are instead of the one that was asked for.
func (p *problem) tellSteps(err error) {
	var names []string
	var incident *incidents.TransitionError
	if errors.As(err, &incident) {
		for _, t := range incident.Possible {
			names = append(names, fmt.Sprintf("%s（%s）", t.To, t.Name))
		}
		p.Possible = incident.Possible
	}
	var product *products.TransitionError
	if errors.As(err, &product) {
		for _, t := range product.Possible {
			names = append(names, fmt.Sprintf("%s（%s）", t.To, t.Name))
		}
		p.Possible = product.Possible
	}
	switch {
	case incident == nil && product == nil:
	case names == nil:
		p.Possible = nil
		p.Detail += "；没有可执行的流转"
	default:
		p.Detail += "；可执行：" + strings.Join(names, "、")
	}
}

// tellProduct words what is wrong with a product, or with a layer that it shows.
func (p *problem) tellProduct(err error) {
	var content *products.ContentError
	if errors.As(err, &content) {
		p.Field, p.Detail = content.Member, fmt.Sprintf("成员 %s 的值 %.200q 有误：%s", content.Member, content.Value, content.ZH)
		p.DetailEN = content.Error()
	}
	var missing *products.LayerError
	if errors.As(err, &missing) {
		p.Field, p.DetailEN = missing.Layer, missing.Error()
		p.Detail = fmt.Sprintf("产品 %s 的图层 %s 不可用：%s", missing.Product, missing.Layer, p.Detail)
		if p.Status == http.StatusNotFound { // the product is there; what it shows is not
			p.Status, p.Code = http.StatusConflict, "product-layer-unavailable"
		}
	}
}
