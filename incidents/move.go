package incidents

import (
	"context"
	_ "embed"
	"fmt"

	"github.com/jackc/pgx/v5"

	"onemap/access"
)

//go:embed sql/move.sql
var moveSQL string

// Move asks for a step. Department and role are for a dispatch; "" keeps who it is
// assigned to.
type Move struct {
	To         State  `json:"to"`
	Why        string `json:"why"`
	Version    int    `json:"version"` // of the incident that who asks has seen
	Department string `json:"department"`
	Role       string `json:"role"`
}

// Move takes a step with an incident. If it is not at the version that was seen
// that is an [ErrChanged]; a step that doesn't lead on from its state a
// [TransitionError]; one that the context's principal may not take an
// [access.ErrForbidden]. Of two at once one wins.
func (s *Store) Move(ctx context.Context, id int64, m Move) error {
	if err := s.checkMove(m); err != nil {
		return err
	}
	err := pgx.BeginFunc(ctx, s.db, func(tx pgx.Tx) error {
		now, err := s.one(ctx, tx, id, "FOR UPDATE OF i")
		if err != nil {
			return err
		}
		if now.Version != m.Version {
			return fmt.Errorf("%w: it is at version %d, not %d", ErrChanged, now.Version, m.Version)
		}
		step, err := s.step(ctx, now, m)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, moveSQL, pgx.StrictNamedArgs{"id": id, "state": string(step.To), "version": step.Version, "department": step.Department, "role": step.Role})
		if err != nil {
			return err
		}
		return add(ctx, tx, step)
	})
	if err != nil {
		return fmt.Errorf("incidents: moving %d: %w", id, err)
	}
	return nil
}

func (s *Store) checkMove(m Move) error {
	if !s.rules.IsState(m.To) {
		return &ContentError{"to", string(m.To), "应为字典 incident_state 中的代码", "must be a code of the dictionary incident_state"}
	}
	if m.Version < 1 {
		return &ContentError{"version", fmt.Sprint(m.Version), "必须给出所见事件的 version（或以 If-Match 给出其 ETag）", "must be given: the version of the incident that you have seen, or its ETag as If-Match"}
	}
	if m.To != Dispatched && (m.Department != "" || m.Role != "") {
		return &ContentError{"department", m.Department, "department 与 role 只能在派遣（to 为 dispatched）时给出", "department and role are for a dispatch, to being dispatched"}
	}
	for _, t := range []struct {
		member, text string
		most         int
	}{{"why", m.Why, maxWhy}, {"department", m.Department, 100}, {"role", m.Role, 40}} {
		if err := checkText(t.member, t.text, 0, t.most); err != nil {
			return err
		}
	}
	return nil
}

// step is what a move makes of an incident.
func (s *Store) step(ctx context.Context, now Incident, m Move) (Step, error) {
	who := access.From(ctx)
	for _, t := range s.rules.from(now.State) {
		if t.To != m.To {
			continue
		}
		if !mayTake(who, t, now) {
			return Step{}, fmt.Errorf("%w: %s may not take the step from %s to %s with this incident", access.ErrForbidden, who.Name, t.From, t.To)
		}
		if t.Why && m.Why == "" {
			return Step{}, &ContentError{"why", "", "“" + t.Name + "”须写明原因", "a reason must be given to " + t.NameEN}
		}
		step := Step{Incident: now.ID, Version: now.Version + 1, From: &now.State, To: t.To, Why: m.Why, Department: now.Department, Role: now.Role}
		if m.Department != "" {
			step.Department = m.Department
		}
		if m.Role != "" {
			step.Role = m.Role
		}
		return step, nil
	}
	return Step{}, &TransitionError{now.State, m.To, s.rules.Next(who, now)}
}
