-- a hole that touches the shell in one point: valid, and easily broken by snapping to the grid
VALUES (1, 'holed', 'POLYGON((112.06 22.88, 112.12 22.88, 112.12 22.94, 112.06 22.94, 112.06 22.88), (112.09 22.88, 112.10 22.91, 112.08 22.91, 112.09 22.88))')
