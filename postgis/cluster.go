package postgis

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// ErrCluster reports that the private PostgreSQL could not be made, started or stopped.
var ErrCluster = errors.New("postgis: private database")

// Cluster is a private PostgreSQL with PostGIS in a directory of its own. It
// listens on a Unix socket only, so no port can be taken, and whoever may read
// the directory may use it. Several processes may use one cluster: the first
// starts it and the last one out stops it.
type Cluster struct {
	dir     string // holds pg/ (the data), log and lock
	sockets string
	bin     string // folder of initdb and pg_ctl
	account *account
	lock    *os.File // shared while this process uses the cluster
	durable bool
}

// ClusterOptions are how a private cluster runs.
type ClusterOptions struct {
	// Disposable trades the safety of the data for speed: a power cut may lose
	// all of it. For tests and benchmarks that make their data anew.
	Disposable bool
}

// account is the system user that PostgreSQL runs as, when that is not the
// user of this process: PostgreSQL refuses to run as root.
type account struct {
	uid, gid uint32
}

const (
	superuser = "postgres"
	owner     = "onemap" // owns the database of the one map, may not read files or load code
	database  = "onemap"
)

// StartCluster makes the cluster in dir if it is not there yet, starts it if it
// does not run yet, and returns once it takes connections. A cluster that
// survived the death of its last server is simply used on.
func StartCluster(ctx context.Context, dir string, o ClusterOptions) (*Cluster, error) {
	c, err := prepareCluster(dir, o)
	if err != nil {
		return nil, err
	}
	if err := c.enter(ctx); err != nil {
		return nil, err
	}
	if err := c.start(ctx); err != nil {
		c.lock.Close()
		return nil, err
	}
	// From "several may come" to "I am using it": the lock goes from exclusive to shared.
	if err := flock(c.lock, syscall.LOCK_SH); err != nil {
		return nil, fmt.Errorf("%w: lock: %w", ErrCluster, err)
	}
	return c, nil
}

func prepareCluster(dir string, o ClusterOptions) (*Cluster, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrCluster, err)
	}
	c := &Cluster{dir: dir, durable: !o.Disposable}
	if c.bin, err = postgresPrograms(); err != nil {
		return nil, err
	}
	if os.Getuid() == 0 {
		if c.account, err = postgresAccount(); err != nil {
			return nil, err
		}
	}
	if err := os.MkdirAll(dir, 0o711); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrCluster, err)
	}
	// A socket's path may have 107 bytes; deep directories get one elsewhere.
	c.sockets = filepath.Join(dir, "run")
	if len(c.sockets) > 80 {
		sum := sha256.Sum256([]byte(dir))
		c.sockets = filepath.Join(os.TempDir(), fmt.Sprintf("onemap-%x", sum[:8]))
	}
	return c, nil
}

// postgresPrograms finds the folder of PostgreSQL's server programs: Debian
// keeps them off the PATH, one folder a version.
func postgresPrograms() (string, error) {
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/pg_ctl")
	if err == nil && len(found) > 0 {
		return filepath.Dir(found[len(found)-1]), nil
	}
	if p, err := exec.LookPath("pg_ctl"); err == nil {
		return filepath.Dir(p), nil
	}
	return "", fmt.Errorf("%w: 找不到 PostgreSQL 服务端程序，请安装 postgresql-15 与 postgresql-15-postgis-3，或设置 DATABASE_URL / PostgreSQL's server programs were not found: install postgresql-15 and postgresql-15-postgis-3, or set DATABASE_URL", ErrCluster)
}

func postgresAccount() (*account, error) {
	u, err := user.Lookup(superuser)
	if err != nil {
		return nil, fmt.Errorf("%w: PostgreSQL does not run as root and there is no user %q to run it as: %w", ErrCluster, superuser, err)
	}
	uid, err1 := strconv.ParseUint(u.Uid, 10, 32)
	gid, err2 := strconv.ParseUint(u.Gid, 10, 32)
	if err := errors.Join(err1, err2); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrCluster, err)
	}
	return &account{uint32(uid), uint32(gid)}, nil
}

// enter takes the exclusive lock: while it is held, nobody starts or stops.
func (c *Cluster) enter(ctx context.Context) error {
	lock, err := os.OpenFile(filepath.Join(c.dir, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrCluster, err)
	}
	c.lock = lock
	// Others may be using it: then it runs already, and a shared lock does.
	deadline := time.Now().Add(30 * time.Second)
	for {
		if flock(lock, syscall.LOCK_EX|syscall.LOCK_NB) == nil {
			return nil
		}
		if flock(lock, syscall.LOCK_SH|syscall.LOCK_NB) == nil && c.answers(ctx) {
			return nil
		}
		if time.Now().After(deadline) || ctx.Err() != nil {
			lock.Close()
			return fmt.Errorf("%w: %s is being started or stopped by another process", ErrCluster, c.dir)
		}
		time.Sleep(50 * time.Millisecond)
	}
}

func (c *Cluster) start(ctx context.Context) error {
	if c.answers(ctx) {
		return nil
	}
	data := filepath.Join(c.dir, "pg")
	if _, err := os.Stat(filepath.Join(data, "onemap.ready")); err != nil {
		if err := c.create(ctx, data); err != nil {
			return err
		}
	}
	if err := c.launch(ctx, data); err != nil {
		return err
	}
	return nil
}

// create makes the files of the cluster. It is done only when the mark
// onemap.ready is there, so a stop half-way leaves nothing that looks whole.
func (c *Cluster) create(ctx context.Context, data string) error {
	if err := os.RemoveAll(data); err != nil {
		return fmt.Errorf("%w: %w", ErrCluster, err)
	}
	if err := c.ownedDir(data); err != nil {
		return err
	}
	if out, err := c.run(ctx, "initdb", "-D", data, "-U", superuser, "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8"); err != nil {
		hint := ""
		if c.account != nil && strings.Contains(string(out), "ermission denied") {
			hint = "（root 下 PostgreSQL 以 postgres 用户运行：数据目录须是它能进入的目录 / under root PostgreSQL runs as the user postgres: choose a data directory that it can enter） "
		}
		return fmt.Errorf("%w: initdb: %w: %s%s", ErrCluster, err, hint, lastLines(out))
	}
	if err := c.launch(ctx, data); err != nil {
		return err
	}
	for _, step := range [][2]string{
		{superuser, "CREATE ROLE " + owner + " LOGIN"},
		{superuser, "CREATE DATABASE " + database + " OWNER " + owner},
	} {
		if err := c.execute(ctx, step[0], superuser, step[1]); err != nil {
			return err
		}
	}
	if err := c.execute(ctx, superuser, database, "CREATE EXTENSION postgis"); err != nil {
		return err
	}
	mark := filepath.Join(data, "onemap.ready")
	if err := os.WriteFile(mark, []byte("initdb, role, database and extension are in place\n"), 0o600); err != nil {
		return fmt.Errorf("%w: %w", ErrCluster, err)
	}
	return nil
}

// launch starts the server. pg_ctl gives it a session of its own, so Ctrl-C on
// a terminal reaches only this process, which then stops it in order.
func (c *Cluster) launch(ctx context.Context, data string) error {
	if c.answers(ctx) {
		return nil
	}
	if _, err := c.run(ctx, "pg_ctl", "-D", data, "status"); err == nil {
		return c.awaitAnswer(ctx) // it runs but does not answer yet: it is recovering
	}
	if err := c.ownedDir(c.sockets); err != nil {
		return err
	}
	log := filepath.Join(data, "server.log")
	options := []string{
		"-c listen_addresses=''",
		"-c unix_socket_directories='" + c.sockets + "'",
		"-c unix_socket_permissions=0700",
	}
	for _, setting := range c.settings() {
		options = append(options, "-c "+setting)
	}
	out, err := c.run(ctx, "pg_ctl", "-D", data, "-l", log, "-w", "-t", "60", "-o", strings.Join(options, " "), "start")
	if err != nil {
		text, _ := os.ReadFile(log)
		return fmt.Errorf("%w: start: %w: %s %s", ErrCluster, err, lastLines(out), lastLines(text))
	}
	return nil
}

// settings suit a map server on a small machine: many short reads, and now and
// then the loading of one large table.
func (c *Cluster) settings() []string {
	s := []string{
		"max_connections=100",
		"shared_buffers=512MB",
		"work_mem=32MB",
		"maintenance_work_mem=512MB",
		"effective_cache_size=4GB",
		"random_page_cost=1.1",
		"wal_level=minimal", // a table made and filled in one transaction is not written twice
		"max_wal_senders=0",
		"max_wal_size=4GB",
		"checkpoint_timeout=15min",
		"wal_compression=on",
		"log_min_messages=warning",
		"timezone=UTC",
	}
	if !c.durable {
		s = append(s, "fsync=off", "synchronous_commit=off", "full_page_writes=off")
	}
	return s
}

// URL is the address of the one map's database, as the role that owns it.
func (c *Cluster) URL() string { return c.url(owner, database) }

// AdminURL is the address of the maintenance database as the superuser.
func (c *Cluster) AdminURL() string { return c.url(superuser, superuser) }

func (c *Cluster) url(role, db string) string {
	return fmt.Sprintf("host='%s' port=5432 user=%s dbname=%s sslmode=disable", c.sockets, role, db)
}

// Sockets is the folder of the server's socket, as libpq's PGHOST takes it.
func (c *Cluster) Sockets() string { return c.sockets }

// Close ends this process's use of the cluster, and stops it if nobody else
// uses it. Connections that are still open are closed by the server.
func (c *Cluster) Close(ctx context.Context) error {
	defer c.lock.Close()
	if flock(c.lock, syscall.LOCK_EX|syscall.LOCK_NB) != nil {
		return nil // others use it; the last one stops it
	}
	if !c.lives() {
		return nil // it has died; the next start finds its files as a crash left them
	}
	out, err := c.run(ctx, "pg_ctl", "-D", filepath.Join(c.dir, "pg"), "-w", "-t", "60", "-m", "fast", "stop")
	if err != nil {
		return fmt.Errorf("%w: stop: %w: %s", ErrCluster, err, lastLines(out))
	}
	if err := os.RemoveAll(c.sockets); err != nil { // it may lie outside the cluster's directory
		return fmt.Errorf("%w: %w", ErrCluster, err)
	}
	return nil
}

// awaitAnswer waits for a server that is replaying its log after a crash.
func (c *Cluster) awaitAnswer(ctx context.Context) error {
	deadline := time.Now().Add(2 * time.Minute)
	for !c.answers(ctx) {
		if time.Now().After(deadline) || ctx.Err() != nil || !c.lives() {
			return fmt.Errorf("%w: PostgreSQL runs in %s but does not answer; see %s", ErrCluster, c.dir, filepath.Join(c.dir, "pg", "server.log"))
		}
		wait(ctx, 200*time.Millisecond)
	}
	return nil
}

func (c *Cluster) answers(ctx context.Context) bool {
	if _, err := os.Stat(filepath.Join(c.sockets, ".s.PGSQL.5432")); err != nil {
		return false
	}
	return c.execute(ctx, superuser, superuser, "SELECT 1") == nil
}

func (c *Cluster) execute(ctx context.Context, role, db, sql string) error {
	conn, err := connectOnce(ctx, c.url(role, db))
	if err != nil {
		return fmt.Errorf("%w: %w", ErrCluster, err)
	}
	defer conn.Close(ctx) //nolint:errcheck // a statement's own error matters more
	if _, err := conn.Exec(ctx, sql); err != nil {
		return fmt.Errorf("%w: %s: %w", ErrCluster, sql, err)
	}
	return nil
}

// run runs one of PostgreSQL's programs as the account that owns the cluster.
func (c *Cluster) run(ctx context.Context, program string, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, filepath.Join(c.bin, program), args...)
	cmd.Dir = "/"
	cmd.Env = []string{"PATH=/usr/bin:/bin", "LC_ALL=C.UTF-8"}
	if c.account != nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: c.account.uid, Gid: c.account.gid}}
	}
	// Output goes to a file: the server inherits it, and a pipe would keep us waiting for the server's end.
	out, err := os.CreateTemp("", "onemap-*.out")
	if err != nil {
		return nil, err
	}
	defer os.Remove(out.Name())
	defer out.Close()
	cmd.Stdout, cmd.Stderr = out, out
	runErr := cmd.Run()
	text, err := os.ReadFile(out.Name())
	return text, errors.Join(runErr, err)
}

// ownedDir makes a directory that only the cluster's account may enter.
func (c *Cluster) ownedDir(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("%w: %w", ErrCluster, err)
	}
	if c.account != nil {
		if err := os.Chown(dir, int(c.account.uid), int(c.account.gid)); err != nil {
			return fmt.Errorf("%w: %w", ErrCluster, err)
		}
	}
	if err := os.Chmod(dir, 0o700); err != nil {
		return fmt.Errorf("%w: %w", ErrCluster, err)
	}
	return nil
}

func flock(f *os.File, how int) error {
	return syscall.Flock(int(f.Fd()), how)
}

func lastLines(text []byte) string {
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	return strings.Join(lines[max(0, len(lines)-6):], " | ")
}
