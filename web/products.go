package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strconv"

	"github.com/gorilla/mux"

	"onemap/access"
	"onemap/layers"
	"onemap/products"
)

// errProductChanged reports an If-Match of a product that no longer holds.
var errProductChanged = errors.New("web: If-Match of the product doesn't hold")

// productStore is what this package needs of [products.Store].
type productStore interface {
	List(ctx context.Context, q products.Query, after string, limit int) ([]products.Product, error)
	Get(ctx context.Context, id string) (products.Whole, error)
	Versions(ctx context.Context, id string, before, limit int) ([]products.Version, error)
	Version(ctx context.Context, id string, number int) (products.Product, error)
	Create(ctx context.Context, catalogue *layers.Catalogue, in products.Input) error
	Update(ctx context.Context, catalogue *layers.Catalogue, id string, in products.Input) error
	Move(ctx context.Context, catalogue *layers.Catalogue, id string, m products.Move) error
	Delete(ctx context.Context, id string, revision int) error
	Statistics(ctx context.Context, id, from, to string) (products.Statistics, error)
	Indicator(ctx context.Context, catalogue *layers.Catalogue) (products.Indicator, error)
	Open(ctx context.Context, catalogue *layers.Catalogue, id string, version int) (products.Opened, error)
	Try(ctx context.Context, catalogue *layers.Catalogue, in products.Input) (products.Opened, error)
}

// callRecorder is what this package needs of [products.Calls].
type callRecorder interface {
	Record(product, service string, caller access.Principal)
}

// productRoutes are the addresses of products themselves.
func (s *server) productRoutes() []route {
	return []route{
		{"GET", "/api/v1/products", access.ReadPublic, false, s.getProducts},
		{"POST", "/api/v1/products", access.Compose, false, s.postProduct},
		{"POST", "/api/v1/products/preview", access.Compose, true, s.postProductPreview},
		{"GET", "/api/v1/products/indicator", access.ReadPublic, false, s.getIndicator},
		{"GET", "/api/v1/products/{product}", access.ReadPublic, false, s.getProduct},
		{"PUT", "/api/v1/products/{product}", access.Compose, false, s.putProduct},
		{"DELETE", "/api/v1/products/{product}", access.Compose, false, s.deleteProduct},
		{"POST", "/api/v1/products/{product}/transitions", access.ReadPublic, false, s.postProductTransition},
		{"GET", "/api/v1/products/{product}/versions", access.ReadPublic, false, s.getProductVersions},
		{"GET", "/api/v1/products/{product}/versions/{version}", access.ReadPublic, false, s.getProductVersion},
		{"GET", "/api/v1/products/{product}/statistics", access.ReadPublic, false, s.getProductStatistics},
	}
}

// getProducts answers GET /api/v1/products: those that who asks may read, in pages.
func (s *server) getProducts(w http.ResponseWriter, r *http.Request) error {
	values, err := query(r, "state", "theme", "department", "tag", "layer", "q", "limit", "after")
	if err != nil {
		return err
	}
	limit, err := whole(values, "limit", 1, 1000, 200)
	if err != nil {
		return err
	}
	state := values.Get("state")
	if state != "" && !isProductState(state) {
		return &paramError{"state", state, "应为 draft、checked、approved、published 或 retired", "must be draft, checked, approved, published or retired"}
	}
	found, err := s.Products.List(r.Context(), products.Query{
		State: products.State(state), Theme: values.Get("theme"), Department: values.Get("department"),
		Tag: values.Get("tag"), Layer: values.Get("layer"), Text: values.Get("q"),
	}, values.Get("after"), int(limit)+1)
	if err != nil {
		return err
	}
	next := ""
	if len(found) > int(limit) {
		found = found[:limit]
		next = found[limit-1].ID
	}
	return writeFresh(w, r, http.StatusOK, map[string]any{"products": found, "next_after": next})
}

func isProductState(text string) bool {
	for _, state := range products.States() {
		if state.State == text {
			return true
		}
	}
	return false
}

// answerProduct answers with a product, whose ETag is its revision.
func (s *server) answerProduct(w http.ResponseWriter, r *http.Request, id string, status int) error {
	whole, err := s.Products.Get(r.Context(), id)
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("ETag", fmt.Sprintf(`"r%d"`, whole.Revision))
	h.Set("Location", s.config.PublicURL+"/api/v1/products/"+whole.ID)
	return writeFresh(w, r, status, whole)
}

// getProduct answers GET /api/v1/products/{product}.
func (s *server) getProduct(w http.ResponseWriter, r *http.Request) error {
	if _, err := query(r); err != nil {
		return err
	}
	return s.answerProduct(w, r, mux.Vars(r)["product"], http.StatusOK)
}

// postProduct answers POST /api/v1/products: a new draft.
func (s *server) postProduct(w http.ResponseWriter, r *http.Request) error {
	in, err := s.readProduct(w, r)
	if err != nil {
		return err
	}
	if err := s.Products.Create(r.Context(), s.Catalogue.Catalogue(), in); err != nil {
		return err
	}
	return s.answerProduct(w, r, in.ID, http.StatusCreated)
}

func (s *server) readProduct(w http.ResponseWriter, r *http.Request) (in products.Input, err error) {
	if _, err := query(r); err != nil {
		return in, err
	}
	text, err := readBody(http.MaxBytesReader(w, r.Body, products.MostBytes))
	if err != nil {
		return in, err
	}
	return products.ReadInput(text)
}

// putProduct answers PUT /api/v1/products/{product}: other content.
func (s *server) putProduct(w http.ResponseWriter, r *http.Request) error {
	in, err := s.readProduct(w, r)
	if err != nil {
		return err
	}
	id := mux.Vars(r)["product"]
	tagged, err := seenRevision(r, &in.Revision)
	if err != nil {
		return err
	}
	if err := s.Products.Update(r.Context(), s.Catalogue.Catalogue(), id, in); err != nil {
		return precondition(tagged, err)
	}
	return s.answerProduct(w, r, id, http.StatusOK)
}

// deleteProduct answers DELETE /api/v1/products/{product}: of a draft that was never published.
func (s *server) deleteProduct(w http.ResponseWriter, r *http.Request) error {
	if _, err := query(r); err != nil {
		return err
	}
	var revision int
	tagged, err := seenRevision(r, &revision)
	if err != nil {
		return err
	}
	if err := s.Products.Delete(r.Context(), mux.Vars(r)["product"], revision); err != nil {
		return precondition(tagged, err)
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// postProductTransition answers POST /api/v1/products/{product}/transitions: a step.
func (s *server) postProductTransition(w http.ResponseWriter, r *http.Request) error {
	if err := products.RequireWork(r.Context()); err != nil { // which of two rights depends on the step
		return err
	}
	if _, err := query(r); err != nil {
		return err
	}
	text, err := readBody(http.MaxBytesReader(w, r.Body, products.MostBytes))
	if err != nil {
		return err
	}
	m, err := products.ReadMove(text)
	if err != nil {
		return err
	}
	tagged, err := seenRevision(r, &m.Revision)
	if err != nil {
		return err
	}
	id := mux.Vars(r)["product"]
	if err := s.Products.Move(r.Context(), s.Catalogue.Catalogue(), id, m); err != nil {
		return precondition(tagged, err)
	}
	return s.answerProduct(w, r, id, http.StatusOK)
}

var revisionTag = regexp.MustCompile(`^"r([0-9]{1,9})"$`)

// seenRevision reads the revision that who asks has seen from If-Match, which
// stands for the member revision.
func seenRevision(r *http.Request, revision *int) (tagged bool, err error) {
	tag := r.Header.Get("If-Match")
	if tag == "" {
		return false, nil
	}
	found := revisionTag.FindStringSubmatch(tag)
	if found == nil {
		return false, &paramError{"If-Match", tag, `应为产品的 ETag，如 "r3"`, `must be the product's ETag, as "r3"`}
	}
	seen, err := strconv.Atoi(found[1])
	if err != nil || *revision != 0 && *revision != seen {
		return false, &paramError{"If-Match", tag, "与请求体中的 revision 不一致", "differs from the body's revision"}
	}
	*revision = seen
	return true, nil
}

// precondition makes a change meanwhile a failed If-Match where one was given.
func precondition(tagged bool, err error) error {
	if tagged && errors.Is(err, products.ErrChanged) {
		return fmt.Errorf("%w: %w", errProductChanged, err)
	}
	return err
}

// getProductVersions answers GET /api/v1/products/{product}/versions, the newest first.
func (s *server) getProductVersions(w http.ResponseWriter, r *http.Request) error {
	values, err := query(r, "limit", "before")
	if err != nil {
		return err
	}
	limit, err := whole(values, "limit", 1, 500, 100)
	if err != nil {
		return err
	}
	before, err := whole(values, "before", 1, 1<<30, 0)
	if err != nil {
		return err
	}
	found, err := s.Products.Versions(r.Context(), mux.Vars(r)["product"], int(before), int(limit)+1)
	if err != nil {
		return err
	}
	next := 0
	if len(found) > int(limit) {
		found = found[:limit]
		next = found[limit-1].Number
	}
	return writeFresh(w, r, http.StatusOK, map[string]any{"versions": found, "next_before": next})
}

// getProductVersion answers GET /api/v1/products/{product}/versions/{version}.
func (s *server) getProductVersion(w http.ResponseWriter, r *http.Request) error {
	if _, err := query(r); err != nil {
		return err
	}
	text := mux.Vars(r)["version"]
	number, err := strconv.ParseUint(text, 10, 31)
	if err != nil || number == 0 {
		return fmt.Errorf("%w: %.20s", products.ErrUnknownVersion, text)
	}
	found, err := s.Products.Version(r.Context(), mux.Vars(r)["product"], int(number))
	if err != nil {
		return err
	}
	return writeFresh(w, r, http.StatusOK, found.Version)
}

// getProductStatistics answers GET /api/v1/products/{product}/statistics?from=&to=.
func (s *server) getProductStatistics(w http.ResponseWriter, r *http.Request) error {
	values, err := query(r, "from", "to")
	if err != nil {
		return err
	}
	found, err := s.Products.Statistics(r.Context(), mux.Vars(r)["product"], values.Get("from"), values.Get("to"))
	if err != nil {
		return err
	}
	return writeFresh(w, r, http.StatusOK, found)
}

// getIndicator answers GET /api/v1/products/indicator: published products against the plan.
func (s *server) getIndicator(w http.ResponseWriter, r *http.Request) error {
	if _, err := query(r); err != nil {
		return err
	}
	found, err := s.Products.Indicator(r.Context(), s.Catalogue.Catalogue())
	if err != nil {
		return err
	}
	return writeFresh(w, r, http.StatusOK, found)
}
