package web

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"reflect"
	"regexp"
	"runtime"
	"strings"
	"testing"
)

// methodName finds the server's method in the name of a function value: the method
// itself, or the one that made it.
var methodName = regexp.MustCompile(`\(\*server\)\.(\w+)`)

// TestEveryAddressHasADocumentedFunction reads the sources of this package: each
// address has a function, whose comment begins with the function's name and names
// the method and the address; one that several extensions share names it without.
func TestEveryAddressHasADocumentedFunction(t *testing.T) {
	comments := map[string]string{}
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		for _, decl := range file.Decls {
			if f, ok := decl.(*ast.FuncDecl); ok {
				comments[f.Name.Name] = strings.Join(strings.Fields(f.Doc.Text()), " ")
			}
		}
	}
	for _, one := range (&server{}).routes() {
		name := runtime.FuncForPC(reflect.ValueOf(one.handle).Pointer()).Name()
		// A handler that was made where the table is has its maker's name last.
		name = regexp.MustCompile(`\(\*server\)\.(routes|serviceRoutes)\.`).ReplaceAllString(name, "")
		found := methodName.FindStringSubmatch(name)
		if found == nil {
			t.Errorf("%s %s: its handler is no method of the server", one.method, one.path)
			continue
		}
		comment := comments[found[1]]
		path := one.path
		if strings.Contains(one.path, "/wmts/{layer}/") || strings.Contains(one.path, "/registration.") {
			path = strings.TrimSuffix(path, filepath.Ext(path))
		}
		if !strings.HasPrefix(comment, found[1]+" ") || !strings.Contains(comment, one.method+" "+path) {
			t.Errorf("%s %s: the comment of %s doesn't name the address: %.200q", one.method, one.path, found[1], comment)
		}
	}
}
