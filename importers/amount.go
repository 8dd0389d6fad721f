package importers

import (
	"fmt"

	"github.com/jackc/pgx/v5/pgtype"
)

// amount is a decimal number exactly: unscaled / 10^scale, of at most
// decimalDigits digits.
type amount struct {
	unscaled int64
	scale    int // 0 to decimalDigits
}

// Float64Value is the amount as a binary fraction, the nearest there is; it
// makes an amount one of pgtype's numbers.
func (a amount) Float64Value() (pgtype.Float8, error) {
	return pgtype.Float8{Float64: float64(a.unscaled) / float64(powersOfTen[a.scale]), Valid: true}, nil
}

// String is the amount with all its places, as 1234.50.
func (a amount) String() string {
	sign, size := "", uint64(a.unscaled)
	if a.unscaled < 0 {
		sign, size = "-", -size
	}
	if a.scale == 0 {
		return fmt.Sprintf("%s%d", sign, size)
	}
	return fmt.Sprintf("%s%d.%0*d", sign, size/powersOfTen[a.scale], a.scale, size%powersOfTen[a.scale])
}

// powersOfTen are 10^0 to 10^18.
var powersOfTen = func() (p [decimalDigits + 1]uint64) {
	p[0] = 1
	for i := 1; i < len(p); i++ {
		p[i] = 10 * p[i-1]
	}
	return p
}()
