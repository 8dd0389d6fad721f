package products

import (
	"errors"
	"fmt"
	"strings"
)

// The mistakes in asking for a product or changing one.
var (
	ErrUnknown        = errors.New("products: unknown product")
	ErrUnknownVersion = errors.New("products: the product has no such version")
	ErrExists         = errors.New("products: there is a product of this id")
	ErrRetired        = errors.New("products: the product is retired")
	ErrChanged        = errors.New("products: the product has changed meanwhile")
	ErrTransition     = errors.New("products: no such step from this state")
	ErrKept           = errors.New("products: only a draft that was never published can be deleted")
	ErrContent        = errors.New("products: unusable content")
	ErrLayer          = errors.New("products: a layer of the product can't be shown")
)

// ContentError is what is wrong with a product: which member, what it was, and
// what it should be.
type ContentError struct {
	Member, Value string
	ZH, EN        string
}

func (e *ContentError) Error() string {
	return fmt.Sprintf("member %s is %.200q: %s", e.Member, e.Value, e.EN)
}

// Unwrap returns [ErrContent].
func (e *ContentError) Unwrap() error { return ErrContent }

// LayerError reports a layer that a product shows and that can't be had: it isn't
// defined any more, isn't published, or may not be read by who asks.
type LayerError struct {
	Product, Layer string
	Err            error // of layers or access
}

func (e *LayerError) Error() string {
	return fmt.Sprintf("%v: %s of %s: %v", ErrLayer, e.Layer, e.Product, e.Err)
}

// Unwrap returns [ErrLayer] and the reason.
func (e *LayerError) Unwrap() []error { return []error{ErrLayer, e.Err} }

// TransitionError is an [ErrTransition] with what is possible instead.
type TransitionError struct {
	From, To State
	Possible []Transition // that this principal may take
}

func (e *TransitionError) Error() string {
	list := make([]string, len(e.Possible))
	for i, t := range e.Possible {
		list[i] = string(t.To)
	}
	possible := "nothing leads on from here for who asks"
	if len(list) > 0 {
		possible = "possible are " + strings.Join(list, ", ")
	}
	return fmt.Sprintf("%v: %s to %.40s; %s", ErrTransition, e.From, e.To, possible)
}

// Unwrap returns [ErrTransition].
func (e *TransitionError) Unwrap() error { return ErrTransition }
