// Package pictures draws pictures of maps for services: a few at a time, with a
// queue that has an end, a deadline, and a memory of what was drawn.
//
// It comes after styles/render, which draws, and before web, which asks. What is
// drawn, and for whom, is in a picture's key; who may see it is not asked here.
package pictures
