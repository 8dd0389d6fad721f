package main

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"rsc.io/qr"

	"onemap/access"
	"onemap/postgis"
)

// sessionLength is how long a phone stays signed in.
const sessionLength = 180 * 24 * time.Hour

// userCommand adds, lists and revokes people who sign in with a one-time link.
func userCommand(ctx context.Context, c *console, args []string) error {
	o := newOptions("user", c)
	role := o.String("role", string(access.Worker), "角色：worker 网格员（上报、核实本网格），handler 处置人员（全部事件） / `role`: worker, handler")
	cell := o.String("cell", "", "所负责的网格或行政区编码 / `code` of the cell or division that they look after")
	phone := o.String("phone", "", "电话 / phone `number`")
	publicURL := o.String("public-url", "http://127.0.0.1:8080", "手机能打开的服务地址 / `address` at which a phone reaches the service")
	valid := o.Duration("valid", 24*time.Hour, "登录链接有效期，最长 720h / how long the link can be used, at most 720h")
	given, err := o.parse(args, 1, 2)
	if err != nil {
		return err
	}
	if base, err := url.Parse(*publicURL); err != nil || base.Host == "" || (base.Scheme != "http" && base.Scheme != "https") {
		return fmt.Errorf("%w: --public-url: %q", errUsage, *publicURL)
	}
	if *valid <= 0 || *valid > access.MaxLink {
		return fmt.Errorf("%w: --valid: 0–%s", errUsage, access.MaxLink)
	}
	named := len(given) == 2
	switch {
	case given[0] == "list" && !named, named && (given[0] == "add" || given[0] == "link" || given[0] == "revoke"):
	default:
		return fmt.Errorf("%w: mapserver user add NAME [--role worker] [--cell CODE] [--phone …] | link NAME | list | revoke NAME", errUsage)
	}
	d, err := o.open(ctx, postgis.Options{})
	if err != nil {
		return err
	}
	defer d.close(ctx) //nolint:errcheck // the work is done; the next start finds what is left
	users := access.NewUsers(d.pool, sessionLength)
	switch given[0] {
	case "list":
		return listUsers(ctx, c, users)
	case "revoke":
		return users.Revoke(ctx, given[1])
	case "add":
		if err := users.Add(ctx, access.User{Name: given[1], Role: access.Role(*role), Cell: *cell, Phone: *phone}); err != nil {
			return err
		}
	}
	name := strings.TrimSpace(given[1])
	code, expires, err := users.Invite(ctx, name, *valid)
	if err != nil {
		return err
	}
	page, err := pageOf(ctx, users, name)
	if err != nil {
		return err
	}
	return showLink(c, strings.TrimSuffix(*publicURL, "/")+page+"#signin="+code, expires)
}

// pageOf is the page that somebody works with: the phone's for workers, the staff
// viewer for others.
func pageOf(ctx context.Context, users *access.Users, name string) (string, error) {
	all, err := users.List(ctx)
	if err != nil {
		return "", err
	}
	if slices.ContainsFunc(all, func(u access.User) bool { return u.Name == name && u.Role == access.Worker }) {
		return "/m/", nil
	}
	return "/", nil
}

// showLink prints a link, and the same as a picture for a phone's camera. The code
// stands behind #, which browsers don't send, so that no log has it.
func showLink(c *console, link string, expires time.Time) error {
	fmt.Fprintf(c.err, "请用手机打开此链接或扫描二维码；只能使用一次，%s 前有效。\nOpen this link on the phone, or scan the code; it works once, until %[1]s.\n\n", expires.Local().Format("2006-01-02 15:04"))
	fmt.Fprintln(c.out, link)
	picture, err := drawQR(link)
	if err != nil {
		return err
	}
	fmt.Fprintln(c.err, "\n"+picture)
	return nil
}

// drawQR draws a QR code with characters of two pixels each, dark on light
// whatever the terminal's colours, with the quiet zone of four that it needs.
func drawQR(text string) (string, error) {
	code, err := qr.Encode(text, qr.M)
	if err != nil {
		return "", fmt.Errorf("drawing a QR code: %w", err)
	}
	const quiet = 4
	var to strings.Builder
	for y := -quiet; y < code.Size+quiet; y += 2 {
		to.WriteString("\x1b[30;107m")
		for x := -quiet; x < code.Size+quiet; x++ {
			switch upper, lower := code.Black(x, y), code.Black(x, y+1); {
			case upper && lower:
				to.WriteRune('█')
			case upper:
				to.WriteRune('▀')
			case lower:
				to.WriteRune('▄')
			default:
				to.WriteRune(' ')
			}
		}
		to.WriteString("\x1b[0m\n")
	}
	return to.String(), nil
}

func listUsers(ctx context.Context, c *console, users *access.Users) error {
	all, err := users.List(ctx)
	if err != nil {
		return err
	}
	for _, u := range all {
		state := fmt.Sprintf("有效 / valid, %d", u.Sessions)
		if u.RevokedAt != nil {
			state = "已吊销 / revoked"
		}
		fmt.Fprintf(c.out, "%4d  %-16s %-8s %-18s %-14s %s  %s\n", u.ID, u.Name, u.Role, u.Cell, u.Phone, u.CreatedAt.Local().Format("2006-01-02"), state)
	}
	return nil
}
