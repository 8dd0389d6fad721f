package main

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"onemap/access"
	"onemap/postgis"
)

// token makes, lists and revokes bearer tokens.
func token(ctx context.Context, c *console, args []string) error {
	o := newOptions("token", c)
	rights := o.String("rights", string(access.Import)+","+string(access.Publish), "权限，逗号分隔 / `rights`, comma-separated: "+joinRights(access.AllRights()))
	given, err := o.parse(args, 1, 2)
	if err != nil {
		return err
	}
	d, err := o.open(ctx, postgis.Options{})
	if err != nil {
		return err
	}
	defer d.close(ctx) //nolint:errcheck // the work is done; the next start finds what is left
	tokens := access.NewTokens(d.pool)
	switch {
	case given[0] == "create" && len(given) == 2:
		return createToken(ctx, c, tokens, given[1], *rights)
	case given[0] == "list" && len(given) == 1:
		return listTokens(ctx, c, tokens)
	case given[0] == "revoke" && len(given) == 2:
		id, err := strconv.ParseInt(given[1], 10, 64)
		if err != nil {
			return fmt.Errorf("%w: 令牌编号 %q 不是整数 / token id %q is not a number", errUsage, given[1], given[1])
		}
		return tokens.Revoke(ctx, id)
	}
	return fmt.Errorf("%w: mapserver token create NAME [--rights …] | list | revoke ID", errUsage)
}

func createToken(ctx context.Context, c *console, tokens *access.Tokens, name, list string) error {
	rights, err := rightsOf(list)
	if err != nil {
		return err
	}
	secret, err := tokens.Create(ctx, name, rights)
	if err != nil {
		return err
	}
	fmt.Fprintln(c.err, "令牌只显示这一次，请妥善保存 / the token is shown only this once; keep it safe:")
	fmt.Fprintln(c.out, secret)
	return nil
}

// rightsOf reads a list of rights; those to read what is public are always among them.
func rightsOf(list string) ([]access.Right, error) {
	rights := []access.Right{access.ReadStatus, access.ReadPublic}
	for _, text := range strings.Split(list, ",") {
		right := access.Right(strings.TrimSpace(text))
		if right == "" {
			continue
		}
		if !slices.Contains(access.AllRights(), right) {
			return nil, fmt.Errorf("%w: 没有权限 %q；可用 / there is no right %q; known are: %s", errUsage, right, right, joinRights(access.AllRights()))
		}
		if !slices.Contains(rights, right) {
			rights = append(rights, right)
		}
	}
	return rights, nil
}

func listTokens(ctx context.Context, c *console, tokens *access.Tokens) error {
	all, err := tokens.List(ctx)
	if err != nil {
		return err
	}
	for _, t := range all {
		state := "有效 / valid"
		if t.RevokedAt != nil {
			state = "已吊销 / revoked"
		}
		fmt.Fprintf(c.out, "%4d  %-20s %s  %s  %s\n", t.ID, t.Name, t.CreatedAt.Local().Format("2006-01-02 15:04"), state, joinRights(t.Rights))
	}
	return nil
}

func joinRights(rights []access.Right) string {
	names := make([]string, len(rights))
	for i, r := range rights {
		names[i] = string(r)
	}
	return strings.Join(names, ",")
}
