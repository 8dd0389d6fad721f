WHERE v.number = p.number AND p.state = 'published'
ORDER BY p.id
