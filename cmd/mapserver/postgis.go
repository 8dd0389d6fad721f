package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"onemap/postgis"
)

// postgisCommand runs a command beside a private PostGIS that is thrown away
// afterwards, with TEST_DATABASE_URL set to its superuser: for tests and
// benchmarks. With --keep the cluster in the data directory stays.
func postgisCommand(ctx context.Context, c *console, args []string) error {
	o := newOptions("postgis", c)
	keep := o.Bool("keep", false, "保留数据目录中的数据库 / keep the cluster in the data directory")
	if err := o.Parse(args); err != nil {
		return fmt.Errorf("%w: %w", errUsage, err)
	}
	rest := o.Args()
	if len(rest) > 0 && rest[0] == "run" {
		rest = rest[1:]
	}
	if len(rest) > 0 && rest[0] == "--" {
		rest = rest[1:]
	}
	if len(rest) == 0 {
		return fmt.Errorf("%w: mapserver postgis [--keep] run -- COMMAND …", errUsage)
	}
	dir := filepath.Join(o.dataDir, "postgis")
	if !*keep {
		temporary, err := os.MkdirTemp("", "onemap-postgis-")
		if err != nil {
			return err
		}
		defer os.RemoveAll(temporary)
		if err := os.Chmod(temporary, 0o711); err != nil { // PostgreSQL's own user must pass
			return err
		}
		dir = filepath.Join(temporary, "cluster")
	}
	cluster, err := postgis.StartCluster(ctx, dir, postgis.ClusterOptions{Disposable: !*keep})
	if err != nil {
		return err
	}
	runErr := runBeside(ctx, c, cluster, rest)
	stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
	defer cancel()
	return errors.Join(runErr, cluster.Close(stop))
}

func runBeside(ctx context.Context, c *console, cluster *postgis.Cluster, args []string) error {
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = 30 * time.Second
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, c.out, c.err
	cmd.Env = append(os.Environ(), "TEST_DATABASE_URL="+cluster.AdminURL())
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s: %w", args[0], err)
	}
	return nil
}
