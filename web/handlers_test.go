package web

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// handlerOf finds which method of the server a handler in the table of routes is.
func handlerOf(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.SelectorExpr:
		return e.Sel.Name
	case *ast.CallExpr: // one that makes the handler
		return handlerOf(e.Fun)
	}
	return ""
}

// TestEveryAddressHasADocumentedFunction reads the sources of this package: each
// address has a function, whose comment begins with the function's name and names
// the method and the address.
func TestEveryAddressHasADocumentedFunction(t *testing.T) {
	comments := map[string]string{}
	type address struct{ method, path, handler string }
	var addresses []address
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
		ast.Inspect(file, func(n ast.Node) bool {
			one, ok := n.(*ast.CompositeLit)
			if !ok || len(one.Elts) != 5 {
				return true
			}
			method, ok := one.Elts[0].(*ast.BasicLit)
			path, ok2 := one.Elts[1].(*ast.BasicLit)
			if !ok || !ok2 || method.Kind != token.STRING || path.Kind != token.STRING {
				return true
			}
			m, err1 := strconv.Unquote(method.Value)
			p, err2 := strconv.Unquote(path.Value)
			if err1 == nil && err2 == nil && strings.HasPrefix(p, "/") {
				addresses = append(addresses, address{m, p, handlerOf(one.Elts[4])})
			}
			return true
		})
	}
	if want := len((&server{}).routes()); len(addresses) != want {
		t.Fatalf("%d addresses were found in the sources, the table has %d", len(addresses), want)
	}
	for _, a := range addresses {
		comment := comments[a.handler]
		if !strings.HasPrefix(comment, a.handler+" ") || !strings.Contains(comment, a.method+" "+a.path) {
			t.Errorf("%s %s: the comment of %s doesn't name the address: %.200q", a.method, a.path, a.handler, comment)
		}
	}
}
