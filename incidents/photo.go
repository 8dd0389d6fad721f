package incidents

import (
	"context"
	_ "embed"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"onemap/access"
	"onemap/incidents/photos"
)

// MaxPhotos is the most photos of an incident.
const MaxPhotos = 9

var (
	//go:embed sql/add_photo.sql
	addPhotoSQL string
	//go:embed sql/photo_of.sql
	photoOfSQL string
	//go:embed sql/photo.sql
	photoSQL string
)

// AddPhoto adds a photo to an incident that the context's principal may see. One
// whose file came before is the photo that there is, and added is false. More than
// [MaxPhotos] is an [ErrTooMany].
func (s *Store) AddPhoto(ctx context.Context, id int64, p photos.Photo) (info PhotoInfo, added bool, err error) {
	err = pgx.BeginFunc(ctx, s.db, func(tx pgx.Tx) error {
		// One after another, so that of ten at once the tenth is too many.
		if _, err := s.one(ctx, tx, id, "FOR UPDATE OF i"); err != nil {
			return err
		}
		var photo int64
		err := tx.QueryRow(ctx, addPhotoSQL, pgx.StrictNamedArgs{
			"incident": id, "original_sha256": p.OriginalSHA256, "width": p.Width, "height": p.Height, "jpeg": p.JPEG, "thumbnail": p.Thumbnail, "by": access.From(ctx).Name,
		}).Scan(&photo)
		if added = err == nil; err != nil && !errors.Is(err, pgx.ErrNoRows) {
			return err
		}
		var count int
		if err := tx.QueryRow(ctx, "SELECT count(*) FROM incidents.photos WHERE incident = $1", id).Scan(&count); err != nil {
			return err
		}
		if count > MaxPhotos {
			return fmt.Errorf("%w: at most %d of an incident", ErrTooMany, MaxPhotos)
		}
		return tx.QueryRow(ctx, photoOfSQL, pgx.StrictNamedArgs{"incident": id, "original_sha256": p.OriginalSHA256}).
			Scan(&info.ID, &info.Width, &info.Height, &info.Bytes, &info.AddedAt, &info.AddedBy)
	})
	if err != nil {
		return info, false, fmt.Errorf("incidents: adding a photo to %d: %w", id, err)
	}
	return info, added, nil
}

// Photo returns a photo of an incident, or its thumbnail, as JPEG. If there is
// none, or the context's principal may not see the incident, that is an
// [ErrUnknownPhoto] or an [ErrUnknown].
func (s *Store) Photo(ctx context.Context, id, photo int64, thumbnail bool) (jpeg []byte, err error) {
	if _, err := s.one(ctx, s.db, id, ""); err != nil {
		return nil, err
	}
	err = s.db.QueryRow(ctx, photoSQL, pgx.StrictNamedArgs{"incident": id, "photo": photo, "thumbnail": thumbnail}).Scan(&jpeg)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, fmt.Errorf("%w: %d of incident %d", ErrUnknownPhoto, photo, id)
	}
	if err != nil {
		return nil, fmt.Errorf("incidents: reading a photo: %w", err)
	}
	return jpeg, nil
}
