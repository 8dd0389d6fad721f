// Package versions keeps the looks of layers that people have edited: every
// version in PostGIS, none ever changed, and the newest of each layer in memory.
//
// It comes after styles, which says what a look is and holds it to the rules, and
// before web and the command line, which read and change looks. It draws nothing.
package versions
