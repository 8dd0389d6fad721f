package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"runtime"
	"strings"

	"onemap/access"
	"onemap/layers"
	"onemap/postgis"
	"onemap/products"
	"onemap/products/gateway"
	"onemap/products/pictures"
	"onemap/styles/render"
	"onemap/styles/stored"
	"onemap/tiles"
	"onemap/tiles/terrain"
	"onemap/web"
)

// productServices makes the parts of the services of products. Calls that are signed
// are taken where the data directory has the key that tokens are sealed with.
func (o *options) productServices(d *database, archives *tiles.Archives) (web.ProductServices, error) {
	parts := web.ProductServices{
		Studio:   pictures.New(render.New(render.Options{}), pictures.Limits{AtOnce: max(1, runtime.GOMAXPROCS(0))}),
		Features: func(shown []layers.Layer) render.Source { return stored.New(d.pool, archives, shown) },
		OnGround: func(shown []layers.Layer, v terrain.View) render.Source {
			return stored.New(d.pool, archives, shown).OnGround(v)
		},
	}
	seal, err := gateway.OpenSeal(o.dataDir)
	switch {
	case errors.Is(err, gateway.ErrKey):
		return parts, nil
	case err != nil:
		return parts, err
	}
	parts.Gateway = gateway.NewSystems(d.pool, seal)
	return parts, nil
}

// operatorTokens takes whoever asks for the person at the machine.
type operatorTokens struct{}

// Principal answers for any token.
func (operatorTokens) Principal(ctx context.Context, _ string) (access.Principal, error) {
	return access.From(ctx), nil
}

// productService answers what a service of a product would, without one that runs.
func productService(ctx context.Context, c *console, args []string) error {
	o := newOptions("service", c)
	a := &asked{}
	o.StringVar(&a.out, "out", "", "写入此文件，默认标准输出 / write to this `file` instead of standard output")
	query := o.String("query", "", "查询串，如 SERVICE=WMTS&REQUEST=GetCapabilities / the `query`")
	publicURL := o.String("public-url", "", "对外地址，写入文档 / public `address`, written into documents")
	given, err := o.parse(args, 2, 2)
	if err != nil {
		return err
	}
	d, err := o.open(ctx, postgis.Options{})
	if err != nil {
		return err
	}
	defer d.close(ctx) //nolint:errcheck // the work is done; the next start finds what is left
	archives, err := tiles.NewArchives(d.pool, o.archiveFolder())
	if err != nil {
		return err
	}
	if err := archives.Reload(ctx); err != nil {
		return err
	}
	watcher, err := layers.NewWatcher(ctx, d.pool, nil)
	if err != nil {
		return err
	}
	services, err := o.productServices(d, archives)
	if err != nil {
		return err
	}
	looks, err := loadLooks(ctx, d)
	if err != nil {
		return err
	}
	ground, err := o.openGround(ctx, d)
	if err != nil {
		return err
	}
	kept := products.NewStore(d.pool)
	kept.DrawWith(looks)
	metrics := web.NewMetrics(d.pool)
	handler, err := web.New(web.Config{Name: "云浮一张图", NameEN: "Yunfu one map", Version: version, PublicURL: *publicURL}, web.Parts{
		DB: d.pool, Store: d.store, Catalogue: watcher, Tokens: operatorTokens{}, Metrics: metrics, Tiles: tiles.NewBuilder(d.pool, archives, metrics), Archives: archives,
		Products: kept, Services: services, Ground: ground,
	})
	if err != nil {
		return err
	}
	address := "/services/" + url.PathEscape(given[0]) + "/" + strings.TrimPrefix(given[1], "/")
	if strings.HasPrefix(given[1], "registration.") {
		address = "/api/v1/products/" + url.PathEscape(given[0]) + "/" + given[1]
	}
	if *query != "" {
		address += "?" + *query
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return fmt.Errorf("%w: %w", errUsage, err)
	}
	r.Header.Set("Authorization", "Bearer operator")
	w := &answered{header: http.Header{}, status: http.StatusOK}
	handler.ServeHTTP(w, r)
	if w.status >= 300 {
		return fmt.Errorf("%d %s: %s", w.status, http.StatusText(w.status), strings.TrimSpace(w.body.String()))
	}
	return a.write(c, func(to io.Writer) error {
		_, err := w.body.WriteTo(to)
		return err
	})
}

// answered keeps an answer.
type answered struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (w *answered) Header() http.Header         { return w.header }
func (w *answered) WriteHeader(status int)      { w.status = status }
func (w *answered) Write(b []byte) (int, error) { return w.body.Write(b) }

// gatewayCommand adds, lists and revokes systems that call through a gateway, and
// signs calls in their name.
func gatewayCommand(ctx context.Context, c *console, args []string) error {
	o := newOptions("gateway", c)
	rights := o.String("rights", "", "另加权限，逗号分隔 / more `rights` than reading what is public: "+joinRights(access.AllRights()))
	id := o.String("paasid", "", "网关给出的 paasid，默认生成 / `id` that the gateway gave out; made without it")
	tokenFile := o.String("token-file", "", "网关给出的令牌所在文件，默认生成 / `file` with the token that the gateway gave out; made without it")
	given, err := o.parse(args, 1, 2)
	if err != nil {
		return err
	}
	named := len(given) == 2
	if (given[0] == "list") == named || !map[string]bool{"add": true, "list": true, "revoke": true, "sign": true}[given[0]] {
		return fmt.Errorf("%w: mapserver gateway add NAME [--rights …] [--paasid …] [--token-file …] | list | revoke PAASID | sign PAASID", errUsage)
	}
	token, err := tokenIn(*tokenFile)
	if err != nil {
		return err
	}
	d, err := o.open(ctx, postgis.Options{})
	if err != nil {
		return err
	}
	defer d.close(ctx) //nolint:errcheck // the work is done; the next start finds what is left
	var seal *gateway.Seal
	if given[0] == "add" {
		seal, err = gateway.MakeSeal(o.dataDir)
	} else if seal, err = gateway.OpenSeal(o.dataDir); errors.Is(err, gateway.ErrKey) && given[0] != "sign" {
		err = nil // it takes no key to list and to revoke
	}
	if err != nil {
		return err
	}
	systems := gateway.NewSystems(d.pool, seal)
	switch given[0] {
	case "add":
		return addSystem(ctx, c, systems, *id, given[1], token, *rights)
	case "revoke":
		return systems.Revoke(ctx, given[1])
	case "sign":
		call, err := systems.Sign(ctx, given[1])
		if err != nil {
			return err
		}
		for _, line := range call.Lines() {
			fmt.Fprintln(c.out, line)
		}
		return nil
	}
	return listSystems(ctx, c, systems)
}

// tokenIn reads a token from a file: on a command line others would see it.
func tokenIn(file string) (string, error) {
	if file == "" {
		return "", nil
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return "", fmt.Errorf("%w: --token-file: %w", errUsage, err)
	}
	return strings.TrimSpace(string(text)), nil
}

func addSystem(ctx context.Context, c *console, systems *gateway.Systems, id, name, token, list string) error {
	granted, err := rightsOf(list)
	if err != nil {
		return err
	}
	madeID, madeToken, err := systems.Add(ctx, id, name, token, granted)
	if err != nil {
		return err
	}
	fmt.Fprintln(c.err, "令牌只显示这一次，请妥善保存；服务器须重启一次以读取新的密钥 / the token is shown only this once; keep it safe. A server that had no key must be started anew")
	fmt.Fprintf(c.out, "x-tif-paasid: %s\n", madeID)
	if token == "" {
		fmt.Fprintf(c.out, "token: %s\n", madeToken)
	}
	return nil
}

func listSystems(ctx context.Context, c *console, systems *gateway.Systems) error {
	all, err := systems.List(ctx)
	if err != nil {
		return err
	}
	for _, s := range all {
		state := "有效 / valid"
		if s.RevokedAt != nil {
			state = "已吊销 / revoked"
		}
		fmt.Fprintf(c.out, "%-24s %-20s %s  %s  %s\n", s.ID, s.Name, s.CreatedAt.Local().Format("2006-01-02 15:04"), state, joinRights(s.Rights))
	}
	return nil
}
