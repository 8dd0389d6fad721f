// Package access is the door to the people: it says who may see, query and
// change what. A [Principal] travels in the context; whoever reads or writes
// asks [Require] for the right it needs, and without the right nothing happens.
//
// It stands beside the flow and is asked by layers, importers and web. It does
// not know what a layer or a request is. Rights on single layers, rows and
// fields come through this same door.
package access

import (
	"context"
	"errors"
	"fmt"
	"slices"
)

// ErrUnauthenticated reports that the right needs a known principal, and there is none.
var ErrUnauthenticated = errors.New("access: who is asking is not known")

// ErrForbidden reports that the principal is known and lacks the right.
var ErrForbidden = errors.New("access: not allowed")

// Right is something a principal may do.
type Right string

// The rights there are. What is not granted is denied.
const (
	ReadStatus   Right = "read:status"   // health, metrics, the description of the service
	ReadPublic   Right = "read:public"   // public layers
	ReadInternal Right = "read:internal" // internal and sensitive layers
	ReadDuty     Right = "read:duty"     // names and phones of people on duty, which others see masked
	ReadPersonal Right = "read:personal" // owners, tenants and householders
	Import       Right = "import"        // load drafts
	Publish      Right = "publish"       // publish and roll back
	Edit         Right = "edit"          // change single features of published versions
	Report       Right = "report"        // report incidents, see one's own and those of one's cell
	Handle       Right = "handle"        // see all incidents and take every step with them
	Warn         Right = "warn"          // publish, update and cancel warnings
	Compose      Right = "compose"       // make and change products and styles
	Approve      Right = "approve"       // check, approve, publish and retire products
	Export       Right = "export"        // take data away as packages
	Administer   Right = "administer"    // tokens
)

// AllRights are what the first token of an installation grants.
func AllRights() []Right {
	return []Right{ReadStatus, ReadPublic, ReadInternal, ReadDuty, ReadPersonal, Import, Publish, Edit, Report, Handle, Warn, Compose, Approve, Export, Administer}
}

// Principal is who asks: a person or program with a token, the operator at the
// machine, or nobody in particular.
type Principal struct {
	Name      string
	Rights    []Right
	Cell      string // code of the grid cell or division that a person looks after; "" is none
	anonymous bool
}

// May tells whether the principal has the right.
func (p Principal) May(right Right) bool {
	return slices.Contains(p.Rights, right)
}

// Anonymous is anybody: status and public layers are open.
func Anonymous() Principal {
	return Principal{Name: "anonymous", Rights: []Right{ReadStatus, ReadPublic}, anonymous: true}
}

// Operator is the person at the machine, who holds the database itself and
// therefore every right. name is the account on the system.
func Operator(name string) Principal {
	return Principal{Name: "operator:" + name, Rights: AllRights()}
}

type contextKey struct{}

// With returns a context that carries the principal.
func With(ctx context.Context, p Principal) context.Context {
	return context.WithValue(ctx, contextKey{}, p)
}

// From returns the principal of the context. A context without one has no
// rights at all, not even those of [Anonymous].
func From(ctx context.Context) Principal {
	p, ok := ctx.Value(contextKey{}).(Principal)
	if !ok {
		return Principal{Name: "nobody", anonymous: true}
	}
	return p
}

// Require returns nil when the context's principal has the right. Otherwise it
// returns an [ErrUnauthenticated] when a token could help, and an
// [ErrForbidden] when the principal is known.
func Require(ctx context.Context, right Right) error {
	p := From(ctx)
	switch {
	case right != "" && p.May(right):
		return nil
	case p.anonymous:
		return fmt.Errorf("%w: the right %q is needed", ErrUnauthenticated, right)
	default:
		return fmt.Errorf("%w: %s lacks the right %q", ErrForbidden, p.Name, right)
	}
}
